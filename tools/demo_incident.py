"""The second half of the story: a path falls sick, traffic moves, the path heals, traffic moves back. Nobody helps."""

from __future__ import annotations

import json
import time
from pathlib import Path

from tools import timeline
from tools.demo_stage import Stage
from tools.drill import PROMETHEUS, Drill, is_change
from tools.timeline_model import text_table
from tools.watch import loss_between

BASELINE_S = 5.0
ASK = """
import json, sys, urllib.parse, urllib.request
query = urllib.parse.urlencode({"query": sys.argv[2]})
with urllib.request.urlopen(f"{sys.argv[1]}/api/v1/query?{query}", timeout=10) as answer:
    print(json.dumps([one["value"][1] for one in json.load(answer)["data"]["result"]]))
"""


def measured(stage: Stage, query: str) -> list[float]:
    """The values that a query has now."""
    told = stage.ask("ctl", stage.python, "-c", ASK, PROMETHEUS, query)
    return [float(value) for value in json.loads(told or "[]")]


def watched(stage: Stage) -> bool:
    """Whether every path of the intent is measured, and healthy."""
    return measured(stage, "path:fresh:bool == 1 and path:sick:bool == 0") == [1.0, 1.0]


def observe(stage: Stage) -> None:
    with stage.scene("Observe: probes on every path, Prometheus, alerts, and the hook"):
        stage.playbook("observe", quiet=True)
        took = stage.until("both paths are measured and healthy", lambda: watched(stage), 90)
        stage.expect(True, f"both paths are measured on their own way, and healthy ({took:.0f} s after the playbook)")
        stage.playbook("reroute", "--check")
        stage.expect(True, "shadow mode: what steering would do now (nothing), and it changed nothing")


def incident(stage: Stage) -> None:
    with (
        stage.scene("An incident: north loses 30 % each way; the links stay up, OSPF sees nothing"),
        Drill(stage) as drill,
    ):
        time.sleep(BASELINE_S)  # a picture begins with how it was
        onset = drill.breaks()
        since = drill.until_users_healthy(60)
        lost = loss_between(drill.seen(), onset, since) or 0.0
        stage.expect(True, f"users lost {lost:.0%} of their packets for {since - onset:.1f} s, and then none")
        drill.until_audited("the change is proven", lambda event: is_change(event, "steer", "confirmed"), 60)
        stage.expect(True, "the change was proven by probes on the new way, and confirmed")
        stage.playbook("reroute", "--check")
        drill.heals()
        drill.until_restored(150)
        stage.expect(True, "the path was measured healthy for its hold-down, and traffic is back")
        stage.playbook("deploy", "-e", '{"deploy_serial": ["100%"]}')
        rows = stage.report("deploy")
        stage.expect(all(row["result"] == "unchanged" for row in rows.values()), "the routers are what Git says again")
        show(stage, drill.collect("30 % loss on north: alert, reroute, restore"))


def show(stage: Stage, file: Path) -> None:
    """The timeline as a table, and the picture."""
    png, page = file.with_suffix(".png"), file.with_suffix(".html")
    found = timeline.read(file)
    timeline.draw(found, png, page)
    stage.say(text_table(found))
    stage.say(f"\n  the picture: {png}\n  as a page:   {page}")
    wanted = ("onset", "alert_firing", "decision", "committed", "converged", "users_healthy", "restored")
    missing = [kind for kind in wanted if found.when(kind) is None]
    stage.expect(not missing, "the timeline has every stage" if not missing else f"the timeline has no {missing}")
