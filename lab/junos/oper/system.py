"""Software, uptime, alarms, core dumps, storage and users."""

from __future__ import annotations

import time

from lab.junos.oper.context import Alarm, CoreDump, OperContext
from lab.junos.oper.registry import Args, Build, Command, register
from lab.junos.oper.xml import Element, el, info, opt, short_length, stamp

_PACKAGES = (
    ("os-kernel", "JUNOS OS Kernel 64-bit"),
    ("os-libs", "JUNOS OS libs"),
    ("os-runtime", "JUNOS OS runtime"),
    ("junos-runtime", "JUNOS runtime"),
    ("junos-libs", "JUNOS libs"),
    ("junos-daemons", "JUNOS daemons"),
)


def software(ctx: OperContext, args: Args) -> Element:
    """<software-information>; with `invoke-on` one item per routing engine, of which there is one."""
    packages = [el("package-information", el("name", n), el("comment", f"{c} [{ctx.version}]")) for n, c in _PACKAGES]
    body = info(
        "software-information",
        None,
        [
            el("host-name", ctx.configured_hostname()),
            el("product-model", ctx.chassis.model),
            el("product-name", ctx.chassis.model),
            el("junos-version", ctx.version),
            *packages,
            *_pending(ctx),
        ],
    )
    if "invoke-on" in args:
        item = el("multi-routing-engine-item", el("re-name", "re0"), body)
        return el("multi-routing-engine-results", item)
    return body


def _pending(ctx: OperContext) -> list[Element]:
    """What waits for the next reboot is listed as one more package."""
    waiting = ctx.software.pending
    if waiting is None:
        return []
    comment = f"JUNOS Installation Software [{waiting.version}]"
    return [el("package-information", el("name", "junos-install"), el("comment", comment))]


def backup(ctx: OperContext, args: Args) -> Element:
    """<package-backup-information>: the software that a rollback brings back."""
    previous = ctx.software.previous
    if previous is None:
        return el("package-backup-information", el("output", "There is no backup software"))
    found = el(
        "package-information", el("name", "junos"), el("comment", f"JUNOS Software Release [{previous.version}]")
    )
    return el("package-backup-information", found)


def render_backup(reply: Element, args: Args) -> str:
    """`show system software backup`."""
    return (reply.findtext("output") or reply.findtext("package-information/comment") or "") + "\n"


def render_software(reply: Element, args: Args) -> str:
    """`show version`."""
    out = []
    for body in reply.iter("software-information"):
        if "invoke-on" in args:
            out += ["re0:", "-" * 74]
        out.append(f"Hostname: {body.findtext('host-name')}")
        out.append(f"Model: {body.findtext('product-model')}")
        out.append(f"Junos: {body.findtext('junos-version')}")
        out += [package.findtext("comment") or "" for package in body.iterfind("package-information")]
    return "\n".join(out) + "\n"


def uptime(ctx: OperContext, args: Args) -> Element:
    """<system-uptime-information>."""
    now, history = ctx.now(), ctx.store.history()
    since = ctx.uptime()

    def moment(tag: str, epoch: float, *more: Element | None) -> Element:
        ago = max(0, int(now - epoch))
        length = el("time-length", short_length(ago), seconds=ago)
        return el(tag, el("date-time", stamp(epoch), seconds=int(epoch)), length, *more)

    configured = None
    if history:
        entry = history[0]
        configured = moment("last-configured-time", _when(entry), opt("user", getattr(entry, "user", None)))
    users = len(ctx.sessions())
    return info(
        "system-uptime-information",
        "",
        [
            el("current-time", el("date-time", stamp(now), seconds=int(now))),
            el("time-source", "LOCAL CLOCK"),
            moment("system-booted-time", ctx.started),
            moment("protocols-started-time", ctx.started),
            configured,
            el(
                "uptime-information",
                el("date-time", time.strftime("%I:%M%p", time.gmtime(now)).lstrip("0"), seconds=int(now)),
                el("up-time", short_length(since), seconds=since),
                el("active-user-count", users, format=f"{users} users"),
                el("load-average-1", "0.00"),
                el("load-average-5", "0.00"),
                el("load-average-15", "0.00"),
            ),
        ],
    )


def _when(entry: object) -> float:
    for name in ("time", "date_time", "timestamp", "when", "at", "epoch"):
        value = getattr(entry, name, None)
        if isinstance(value, int | float):
            return float(value)
    return 0.0


def render_uptime(reply: Element, args: Args) -> str:
    """`show system uptime`."""
    lines = [
        f"Current time: {reply.findtext('current-time/date-time')}",
        f"Time Source:  {reply.findtext('time-source')} ",
    ]
    titles = (
        ("system-booted-time", "System booted"),
        ("protocols-started-time", "Protocols started"),
        ("last-configured-time", "Last configured"),
    )
    for tag, title in titles:
        if reply.find(tag) is not None:
            by = f" by {reply.findtext(f'{tag}/user')}" if reply.findtext(f"{tag}/user") else ""
            ago = reply.findtext(f"{tag}/time-length")
            lines.append(f"{title}: {reply.findtext(f'{tag}/date-time')} ({ago} ago){by}")
    body = "uptime-information"
    lines.append(
        f"{reply.findtext(f'{body}/date-time')}  up {reply.findtext(f'{body}/up-time')}, "
        f"{reply.findtext(f'{body}/active-user-count')} users, load averages: 0.00, 0.00, 0.00"
    )
    return "\n".join(lines) + "\n"


def alarms(kind: str) -> Build:
    """The builder of <alarm-information> for `Chassis` or `System` alarms."""

    def build(ctx: OperContext, args: Args) -> Element:
        active = [alarm for alarm in ctx.chassis.alarms if alarm.kind == kind]
        count = el("alarm-summary", el("active-alarm-count", len(active)) if active else el("no-active-alarms"))
        return info("alarm-information", "alarm", [count, *(_alarm(alarm) for alarm in active)])

    return build


def _alarm(alarm: Alarm) -> Element:
    return el(
        "alarm-detail",
        el("alarm-time", stamp(alarm.raised), seconds=int(alarm.raised)),
        el("alarm-class", alarm.severity),
        el("alarm-description", alarm.description),
        el("alarm-short-description", alarm.short or alarm.description[:20]),
        el("alarm-type", alarm.kind),
    )


def render_alarms(reply: Element, args: Args) -> str:
    """`show chassis alarms`, `show system alarms`."""
    rows = list(reply.iterfind("alarm-detail"))
    if not rows:
        return "No alarms currently active\n"
    lines = [f"{len(rows)} alarms currently active", f"{'Alarm time':<24} {'Class':<6} Description"]
    for row in rows:
        text = [row.findtext(tag) for tag in ("alarm-time", "alarm-class", "alarm-description")]
        lines.append(f"{text[0]:<24} {text[1]:<6} {text[2]}")
    return "\n".join(lines) + "\n"


_CORE_PLACES = ("/var/crash/*core*", "/var/tmp/*core*", "/var/tmp/pics/*core*", "/var/crash/kernel.*")  # noqa: S108


def core_dumps(ctx: OperContext, args: Args) -> Element:
    """<directory-list>: <output> for places without a core, <directory> with <file-information> for the others."""
    cores = ctx.chassis.cores
    if not cores:
        nothing = [el("output", f"{place}: No such file or directory") for place in _CORE_PLACES]
        return info("directory-list", None, nothing, seconds=int(ctx.now()), style="verbose")
    files = [_core(core) for core in cores]
    blocks = sum(-(-core.size // 512) for core in cores)
    directory = el(
        "directory",
        el("directory-name", "/var/crash/"),
        el("total-file-blocks", blocks),
        *files,
        el("total-files", len(files)),
    )
    directory.set("name", "/var/crash/")
    return info("directory-list", None, [directory], seconds=int(ctx.now()), style="verbose")


def _core(core: CoreDump) -> Element:
    return el(
        "file-information",
        el("file-name", core.path),
        el("file-permissions", "660", format="-rw-rw----"),
        el("file-links", 1),
        el("file-owner", core.owner),
        el("file-group", "wheel"),
        el("file-size", core.size),
        el("file-date", stamp(core.written)[5:16], seconds=int(core.written)),
    )


def render_core_dumps(reply: Element, args: Args) -> str:
    """`show system core-dumps`."""
    lines = [node.text or "" for node in reply.iterfind("output")]
    for item in reply.iter("file-information"):
        lines.append(
            f"-rw-rw----  1 {item.findtext('file-owner')}  wheel  {item.findtext('file-size'):>10} "
            f"{item.findtext('file-date')} {item.findtext('file-name')}"
        )
    total = reply.findtext("directory/total-files")
    if total:
        lines.append(f"total files: {total}")
    return "\n".join(lines) + "\n"


_FILESYSTEMS = (
    ("/dev/gpt/junos", 20_317_180, 1_184_820, 17_506_988, "/.mount"),
    ("/dev/gpt/config", 810_516, 344, 745_332, "/.mount/config"),
    ("/dev/gpt/var", 7_168_000, 251_632, 6_342_928, "/.mount/var"),
)

_FILES_ON = "/.mount/var"


def storage(ctx: OperContext, args: Args) -> Element:
    """<system-storage-information>: an emulated disk with plenty of room, unless its files were given less."""
    rows = []
    left = ctx.free_octets()
    for name, total, used, free, place in _FILESYSTEMS:
        if left is not None and place == _FILES_ON:
            free = min(free, max(0, left) // 512)
            used = total - free
        rows.append(
            el(
                "filesystem",
                el("filesystem-name", name),
                el("total-blocks", total, format=_size(total)),
                el("used-blocks", used, format=_size(used)),
                el("available-blocks", free, format=_size(free)),
                el("used-percent", f"{100 * used // total:3d}"),
                el("mounted-on", place),
            )
        )
    return info("system-storage-information", "", rows, style="brief")


def _size(blocks: int) -> str:
    """512-octet blocks as `9.7G`."""
    return f"{blocks / 2**21:.1f}G" if blocks >= 2**21 else f"{blocks // 2**11}M"


def render_storage(reply: Element, args: Args) -> str:
    """`show system storage`."""
    lines = [f"{'Filesystem':<24} {'Size':>10} {'Used':>10} {'Avail':>10}  Capacity   Mounted on"]
    for row in reply.iterfind("filesystem"):
        sizes = [_size(int(row.findtext(f"{tag}-blocks") or 0)) for tag in ("total", "used", "available")]
        lines.append(
            f"{row.findtext('filesystem-name'):<24} {sizes[0]:>10} {sizes[1]:>10} {sizes[2]:>10}"
            f"  {row.findtext('used-percent'):>7}%   {row.findtext('mounted-on')}"
        )
    return "\n".join(lines) + "\n"


def users(ctx: OperContext, args: Args) -> Element:
    """<system-users-information>: the open management sessions."""
    now = ctx.now()
    rows = [
        el(
            "user-entry",
            el("user", user),
            el("tty", f"pts/{position}"),
            el("from", origin),
            el("login-time", time.strftime("%I:%M%p", time.gmtime(since)), seconds=int(since)),
            el("idle-time", "-", seconds=0),
            el("command", "-cli (cli)"),
        )
        for position, (user, origin, since) in enumerate(ctx.sessions())
    ]
    body = el(
        "uptime-information",
        el("date-time", time.strftime("%I:%M%p", time.gmtime(now)).lstrip("0"), seconds=int(now)),
        el("up-time", short_length(ctx.uptime()), seconds=ctx.uptime()),
        el("active-user-count", len(rows), format=f"{len(rows)} users"),
        el("load-average-1", "0.00"),
        el("load-average-5", "0.00"),
        el("load-average-15", "0.00"),
        el("user-table", *rows),
    )
    return info("system-users-information", "", [body])


def render_users(reply: Element, args: Args) -> str:
    """`show system users`."""
    body = reply[0]
    head = f"{body.findtext('date-time')}  up {body.findtext('up-time')}, {body.findtext('active-user-count')} users"
    lines = [f"{head}, load averages: 0.00, 0.00, 0.00", f"{'USER':<9}{'TTY':<9}{'FROM':<34}{'LOGIN@':<8}IDLE WHAT"]
    for row in body.iterfind("user-table/user-entry"):
        lines.append(
            f"{row.findtext('user'):<9}{row.findtext('tty'):<9}{row.findtext('from'):<34}"
            f"{row.findtext('login-time'):<8}{row.findtext('idle-time'):>4} {row.findtext('command')}"
        )
    return "\n".join(lines) + "\n"


_VERSION_ARGS = ("brief", "detail", "extensive")
register(
    Command("get-software-information", software, render_software, "show version", _VERSION_ARGS, ("invoke-on",)),
)
register(Command("get-package-backup-information", backup, render_backup, "show system software backup"))
register(Command("get-system-uptime-information", uptime, render_uptime, "show system uptime"))
register(Command("get-alarm-information", alarms("Chassis"), render_alarms, "show chassis alarms"))
register(Command("get-system-alarm-information", alarms("System"), render_alarms, "show system alarms"))
register(Command("get-system-core-dumps", core_dumps, render_core_dumps, "show system core-dumps"))
register(Command("get-system-storage", storage, render_storage, "show system storage", ("detail", "partitions")))
register(Command("get-system-users-information", users, render_users, "show system users", ("no-resolve",)))
