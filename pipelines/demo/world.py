"""The demo's master data: regions, people, customers, products, prices, outlets.

What stands here is true in the demo's world; how an export or a dealer's sheet shows it, with which faults, is said in
``erp``, ``dealers`` and ``field``. Amounts are whole fen, quantities ten-thousandths, both exact.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from pipelines.demo import names

LAST_MONTH = (2026, 10)
HISTORY_BEGINS = date(2020, 1, 1)
PRICE_CLASSES = {"A": 0.94, "B": 0.97, "C": 1.0}


@dataclass(frozen=True)
class Size:
    """How large the company is; everything else follows from it."""

    scale: float
    seed: int
    dealers: int
    months: int

    @property
    def small(self) -> float:
        """Factor for what stops growing at the demo's full size."""
        return min(self.scale, 1.0)

    @property
    def sales_lines(self) -> int:
        """Sales lines aimed at over the whole history."""
        return max(300, round(100_000 * self.scale * self.months / 24))

    @property
    def csv_only(self) -> bool:
        """Above this size a spreadsheet cannot hold an export."""
        return self.scale > 10


@dataclass(frozen=True)
class Employee:
    """A member of the sales organisation."""

    code: str
    name: str
    role: str
    region: str
    hired: date
    manager: str
    left: date | None = None
    trainee_until: date | None = None
    moved: tuple[date, str, str] | None = None
    """Day, region and manager of a later version."""

    def region_on(self, day: date) -> str:
        """The region that the employee worked in on ``day``."""
        return self.moved[1] if self.moved and day >= self.moved[0] else self.region

    def works_on(self, day: date) -> bool:
        """Whether the employee was with the company on ``day``."""
        return self.hired <= day and (self.left is None or day <= self.left)


@dataclass
class Customer:
    """A customer; ``moved`` holds a later version: day, region, employee."""

    code: str
    name: str
    kind: str
    price_class: str
    region: str
    employee: str
    opened: date
    terms: str
    weight: float
    payer: str
    allocates: bool
    closed: date | None = None
    moved: tuple[date, str, str] | None = None
    old_code: str = ""
    parent: str = ""
    credit_limit_fen: int = 0

    def region_on(self, day: date) -> str:
        """The region that the customer belonged to on ``day``."""
        return self.moved[1] if self.moved and day >= self.moved[0] else self.region

    def employee_on(self, day: date) -> str:
        """The salesperson that the customer belonged to on ``day``."""
        return self.moved[2] if self.moved and day >= self.moved[0] else self.employee


@dataclass(frozen=True)
class Product:
    """A product; ``factor_e8`` base units make one sales unit, in hundred-millionths."""

    code: str
    name: str
    line: str
    category: str
    abc: str
    unit: str
    base_unit: str
    factor_e8: int
    price_fen: int
    cost_fen: int
    weight: float
    launched: date
    discontinued: date | None = None
    old_code: str = ""


@dataclass(frozen=True)
class Outlet:
    """A shop that buys from a dealer."""

    dealer: str
    code: str
    name: str
    kind: str
    address: str
    listed: date
    closed: date | None
    first_traded: date | None
    signed: bool
    buys: float
    visited: float


@dataclass
class World:
    """Everything that stands still while business is done."""

    size: Size
    months: list[tuple[int, int]]
    employees: list[Employee]
    customers: list[Customer]
    products: list[Product]
    outlets: list[Outlet]
    reporters: list[Customer]
    renamed_on: date
    managers: dict[str, Employee] = field(default_factory=dict)

    @property
    def end(self) -> date:
        """The last day of the latest month."""
        return last_day(self.months[-1])

    @property
    def begin(self) -> date:
        """The first day of the history."""
        return date(*self.months[0], 1)

    @property
    def people(self) -> list[Employee]:
        """The salespeople."""
        return [one for one in self.employees if one.role == "salesperson"]


def key(month: tuple[int, int]) -> str:
    """The period's key: ``2026-10``."""
    return f"{month[0]:04d}-{month[1]:02d}"


def last_day(month: tuple[int, int]) -> date:
    """The last day of a month."""
    return date(*month, monthrange(*month)[1])


def back(months: int) -> list[tuple[int, int]]:
    """The last ``months`` months, ascending."""
    total = LAST_MONTH[0] * 12 + LAST_MONTH[1] - 1
    return [(n // 12, n % 12 + 1) for n in range(total - months + 1, total + 1)]


def build(size: Size) -> World:
    """The master data of a company of that size."""
    rng = np.random.default_rng([size.seed, 1])
    months = back(size.months)
    employees, managers = _employees(size, rng)
    customers = _customers(size, rng, employees, months)
    _staff_stories(employees, customers, managers)
    products = _products(size, rng, months)
    reporters = _reporters(size, customers)
    world = World(size, months, employees, customers, products, [], reporters, date(2026, 1, 1), managers)
    world.outlets = _with_own_names(_outlets(world, rng))
    return world


def _employees(size: Size, rng: np.random.Generator) -> tuple[list[Employee], dict[str, Employee]]:
    per_region = max(1, round(7.5 * size.small**0.5))
    counts = [per_region] * len(names.REGIONS)
    if size.small == 1:
        counts = [6, 6, 8, 8, 8, 8, 8, 8]
    called = names.people(rng, sum(counts) + len(names.REGIONS) + 2)
    heads = {
        "销售一部": Employee("00001", called.pop(), "department_head", "R01", date(2012, 3, 1), ""),
        "销售二部": Employee("00002", called.pop(), "department_head", "R03", date(2010, 7, 1), ""),
    }
    found = list(heads.values())
    managers: dict[str, Employee] = {}
    for number, (region, _, department) in enumerate(names.REGIONS, start=1):
        managers[region] = Employee(
            f"{10 + number:05d}", called.pop(), "region_manager", region, date(2015, 1 + number, 1), heads[department].code
        )
        found.append(managers[region])
    number = 100
    for (region, _, _), count in zip(names.REGIONS, counts, strict=True):
        for _ in range(count):
            number += 1
            hired = date(2016, 1, 1) + timedelta(days=int(rng.integers(0, 3000)))
            found.append(Employee(f"{number:05d}", called.pop(), "salesperson", region, hired, managers[region].code))
    return found, managers


_PAYERS = ("prompt", "slow", "late", "bad")


def _customers(size: Size, rng: np.random.Generator, employees: list[Employee], months: list[tuple[int, int]]) -> list[Customer]:
    by_region: dict[str, list[str]] = {}
    for one in employees:
        if one.role == "salesperson":
            by_region.setdefault(one.region, []).append(one.code)
    far = [region for region, _, department in names.REGIONS if department == "销售二部"]
    near = [region for region, _, department in names.REGIONS if department == "销售一部"]
    direct = max(2, round(size.dealers * 0.6))
    offices = min(4, max(1, size.dealers // 50))
    plan = (
        [("dealer", f"D{n:04d}", far[(n - 1) % len(far)]) for n in range(1, size.dealers + 1)]
        + [("direct", f"Z{n:04d}", near[(n - 1) % len(near)]) for n in range(1, direct + 1)]
        + [("office", f"B{n:03d}", far[(n - 1) % len(far)]) for n in range(1, offices + 1)]
    )
    found: list[Customer] = []
    used: dict[str, int] = {}
    for order, (kind, code, region) in enumerate(plan):
        places = names.PLACES[region]
        place = places[int(rng.integers(len(places)))]
        if kind == "dealer":
            name = (
                place
                + names.DEALER_WORDS[int(rng.integers(len(names.DEALER_WORDS)))]
                + names.DEALER_TAILS[int(rng.integers(len(names.DEALER_TAILS)))]
            )
        elif kind == "direct":
            name = place + names.people(rng, 1)[0] + names.SHOP_TAILS[int(rng.integers(len(names.SHOP_TAILS)))]
        else:
            name = place + "办事处"
        used[name] = used.get(name, 0) + 1
        if used[name] > 1:
            name += f"（{used[name]}）"
        if kind == "dealer":
            terms = ("net 30", "net 45", "net 60", "eom+25", "net 30")[int(rng.integers(5))]
            weight = float(rng.lognormal(0, 0.7))
            payer = _PAYERS[int(rng.choice(4, p=[0.62, 0.26, 0.10, 0.02]))]
        elif kind == "direct":
            terms = ("prepaid", "net 15", "net 30")[int(rng.integers(3))]
            weight = 0.25 * float(rng.lognormal(0, 0.5))
            payer = "prompt"
        else:
            terms, weight, payer = "net 30", 0.8, "prompt"
        opened = date(2015, 1, 1) + timedelta(days=int(rng.integers(0, 3400)))
        staff = by_region[region]
        found.append(
            Customer(
                code,
                name,
                kind,
                "C" if kind == "direct" else "AB"[int(rng.integers(2))],
                region,
                staff[order // 6 % len(staff)],
                opened,
                terms,
                weight,
                payer,
                bool(rng.random() < 0.4),
            )
        )
    _stories(found, by_region, months)
    return found


def _stories(customers: list[Customer], by_region: dict[str, list[str]], months: list[tuple[int, int]]) -> None:
    """Single customers to whom something happens: moves, new and lost ones, terms in parts, one group, one rename."""
    dealers = [one for one in customers if one.kind == "dealer"]
    count = len(dealers)

    def at(share: float) -> Customer:
        return dealers[min(count - 1, int(count * share))]

    for share in (0.31, 0.42, 0.53, 0.64):
        one = at(share)
        staff = by_region[one.region]
        if len(staff) > 1:
            one.moved = (date(2025, 7, 1), one.region, staff[(staff.index(one.employee) + 1) % len(staff)])
    one = at(0.75)
    other = "R04" if one.region != "R04" else "R06"
    one.moved = (date(2026, 1, 1), other, by_region[other][0])
    at(0.97).terms = "30%@0,50%@30,20%@60"
    if count >= 20:
        for share in (0.9, 0.91, 0.92, 0.93, 0.94):
            at(share).opened = date(2026, 3, 1)
        at(0.88).opened = date(2026, 10, 3)
        for share in (0.81, 0.82, 0.83):
            at(share).closed = date(2026, 2, 28)
        for share in (0.22, 0.23):
            at(share).parent = at(0.21).code
        at(0.3).payer = at(0.55).payer = at(0.6).payer = "bad"
        at(0.7).old_code = f"D8{at(0.7).code[2:]}"
    else:
        dealers[0].payer = "bad"


TRAINEE_HIRED, TRAINEE_UNTIL = date(2026, 7, 16), date(2026, 10, 15)
MOVED_ON, LEFT_ON = date(2026, 10, 16), date(2026, 10, 20)


def _staff_stories(employees: list[Employee], customers: list[Customer], managers: dict[str, Employee]) -> None:
    """People to whom something happens in the middle of the latest month.

    A trainee becomes regular; a salesperson goes to another region and the customers go along; one leaves, and a colleague takes over.
    """
    staff: dict[str, list[int]] = {}
    for place, one in enumerate(employees):
        if one.role == "salesperson":
            staff.setdefault(one.region, []).append(place)
    last = max(int(one.code) for one in employees)

    def customers_of(code: str) -> list[Customer]:
        return [one for one in customers if one.employee == code and one.moved is None]

    moving = employees[staff["R05"][-1]]
    employees[staff["R05"][-1]] = replace(moving, moved=(MOVED_ON, "R08", managers["R08"].code))
    for customer in customers_of(moving.code):
        customer.moved = (MOVED_ON, "R08", moving.code)
    if len(staff["R04"]) > 1:
        leaving, heir = employees[staff["R04"][-1]], employees[staff["R04"][0]]
        employees[staff["R04"][-1]] = replace(leaving, left=LEFT_ON)
        for customer in customers_of(leaving.code):
            customer.moved = (LEFT_ON + timedelta(days=1), "R04", heir.code)
    trainee = Employee(f"{last + 1:05d}", "孟新华", "salesperson", "R03", TRAINEE_HIRED, managers["R03"].code, trainee_until=TRAINEE_UNTIL)
    employees.append(trainee)
    plain = [one for one in customers if one.region == "R03" and one.moved is None and one.kind in ("office", "dealer")]
    plain[-1].moved = (TRAINEE_HIRED, "R03", trainee.code)


def _products(size: Size, rng: np.random.Generator, months: list[tuple[int, int]]) -> list[Product]:
    found: list[Product] = []
    share = 1.0 if size.small >= 0.5 else 0.3
    for line_no, (line, count, base_unit) in enumerate(names.LINES, start=1):
        kept = max(4, round(count * share))
        for n in range(1, kept + 1):
            brand = names.BRANDS[int(rng.integers(len(names.BRANDS)))]
            forms = names.FORMS[line]
            form = forms[(n - 1) % len(forms)]
            series = "" if n <= len(forms) else f" {'ⅡⅢⅣⅤ'[min(3, (n - 1) // len(forms) - 1)]}型"
            base = {"复合肥": 2800, "尿素": 1900, "磷酸二铵": 3600, "有机肥": 1100, "水溶肥": 9}[line] * float(
                rng.uniform(0.85, 1.2)
            )
            if base_unit == "升":
                unit, factor = "箱", 12 * 10**8
                price = round(base * 12 * 100)
            elif line == "有机肥" or n % 3 == 0:
                unit, factor = "袋", 5_000_000
                price = round(base * 0.05 * 100)
            else:
                unit, factor = "吨", 10**8
                price = round(base) * 100
            launched, gone = date(2018, 1, 1), None
            if n == kept and size.months > 8:
                launched = date(2026, 5, 1)
            if n == kept - 1 and size.months > 8:
                gone = date(2026, 7, 31)
            found.append(
                Product(
                    f"{line_no:02d}{n:04d}",
                    f"{brand}{form}{line}{series}",
                    line,
                    form,
                    "A" if n <= kept * 0.2 else "B" if n <= kept * 0.5 else "C",
                    unit,
                    base_unit,
                    factor,
                    price,
                    round(price * float(rng.uniform(0.78, 0.86))),
                    (4.0 if n <= kept * 0.2 else 1.6 if n <= kept * 0.5 else 0.6) * float(rng.uniform(0.7, 1.3)),
                    launched,
                    gone,
                    "010088" if (line_no, n) == (1, 5) else "",
                )
            )
    return found


def _reporters(size: Size, customers: list[Customer]) -> list[Customer]:
    """The dealers that send workbooks: buying throughout, none with a story that would blur their indicators."""
    plain = [
        one for one in customers if one.kind == "dealer" and not (one.closed or one.old_code or one.opened >= date(2026, 1, 1))
    ]
    return plain[: 40 if size.small == 1 else max(5, round(40 * size.small))]


GRADE_HABITS = ((0.97, 0.93, 0.85, 1.08), (0.80, 0.70, 0.58, 0.82), (0.70, 0.62, 0.50, 0.72), (0.42, 0.45, 0.34, 0.45))
"""By habit: share of outlets visited, ever traded, active in a month, and delivered of what was committed."""


def habit(dealer_index: int) -> int:
    """How well a reporting dealer works its outlets: 0 (best) to 3."""
    return (0, 1, 1, 2, 0, 1, 3, 0, 2, 1)[dealer_index % 10]


def twins(world: World) -> str:
    """The one name that two shops of different dealers have; empty where every shop has its own."""
    seen: set[str] = set()
    for one in world.outlets:
        if one.name in seen:
            return one.name
        seen.add(one.name)
    return ""


def _with_own_names(outlets: list[Outlet]) -> list[Outlet]:
    """Shops by whose name one can know them, as an order list must: a name that is taken gets its place. The last two share one."""
    seen: set[str] = set()
    found: list[Outlet] = []
    for one in outlets:
        name = one.name if one.name not in seen else f"{one.address.split('镇')[0].split('乡')[0]}{one.name}"
        count = 1
        while name in seen:
            count += 1
            name = f"{one.name}（{count}店）"
        seen.add(name)
        found.append(replace(one, name=name))
    by_dealer = list({one.dealer: n for n, one in enumerate(found)}.values())
    if len(by_dealer) > 2:
        # The last shop of the first dealer and that of the third: both write plain simplified Chinese.
        found[by_dealer[2]] = replace(found[by_dealer[2]], name=found[by_dealer[0]].name)
    return found


def _outlets(world: World, rng: np.random.Generator) -> list[Outlet]:
    each = 75 if world.size.small == 1 else 12
    found: list[Outlet] = []
    for index, dealer in enumerate(world.reporters):
        visited, distributed, active, _ = GRADE_HABITS[habit(index)]
        places = names.PLACES[dealer.region]
        count = each + (index % 5 - 2) * (5 if each > 20 else 1)
        for n in range(1, count + 1):
            listed = date(2023, 1, 1) + timedelta(days=int(rng.integers(0, 900)))
            closed = first = None
            if n == count:
                listed = date(2026, 6, 12)
            if n == count - 1:
                closed = date(2026, 6, 20)
            traded = bool(rng.random() < distributed)
            if traded and closed is None:
                first = listed + timedelta(days=int(rng.integers(1, 40)))
            place = places[int(rng.integers(len(places)))]
            person = names.people(rng, 1)[0]
            found.append(
                Outlet(
                    dealer.code,
                    f"{dealer.code}-{n:03d}",
                    f"{person}{names.SHOP_TAILS[int(rng.integers(len(names.SHOP_TAILS)))]}",
                    ("村级店", "乡镇店", "种植大户")[int(rng.choice(3, p=[0.6, 0.3, 0.1]))],
                    f"{place}{'镇' if n % 3 else '乡'}第{n % 17 + 1}村",
                    listed,
                    closed,
                    first,
                    traded and closed is None and n % 2 == 0,
                    active if traded and closed is None else 0.0,
                    visited if closed is None else 0.0,
                )
            )
    return found
