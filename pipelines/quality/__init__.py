"""Whether a row or a table keeps its contract, and how a fault is said. Where rows come from is ``sources``' business."""
