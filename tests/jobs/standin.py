"""A pipeline that trains nothing: does what ``orders.json`` beside it says, as the real one does it. Run in the folder
of a training; knows nothing of the product."""

import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DEFAULTS = {"epochs": 3, "seconds": 0.05, "low": 0.05, "quality": 0.6, "frames": 30, "champion": None}


def say(**values: Any) -> None:
    with open("progress.jsonl", "a") as file:
        file.write(json.dumps({"stage": "train", "at": "2026-01-01T00:00:00+00:00", **values}) + "\n")


def refuse(problem: Any) -> None:
    Path("problem.json").write_text(json.dumps(problem))
    sys.exit(3)


def train(orders: dict[str, Any]) -> None:
    """Goes on after the last epoch that is on the disk."""
    done = Path(".training-epochs")
    first = int(done.read_text()) + 1 if done.exists() else 1
    say(state="started")
    for epoch in range(first, orders["epochs"] + 1):
        time.sleep(orders["seconds"])
        say(system={"cpu_utilization_percentage": 10.0 * epoch}, at=f"2026-01-01T00:00:{epoch:02}+00:00")
        say(epoch=epoch, epochs=orders["epochs"], batch=1, batches=2, metrics={"loss": 9.0}, eta_s=1.0)
        done.write_text(str(epoch))
        with open("epochs-done", "a") as file:
            file.write(f"{epoch}\n")
        say(
            epoch=epoch,
            epochs=orders["epochs"],
            metrics={"loss": 3.0 / epoch, "map50_95": epoch / 10},
            eta_s=0.0,
        )
        sys.stdout.write(f"epoch {epoch} \x1b[31mof {orders['epochs']}\n")
        sys.stdout.flush()
        if epoch == orders.get("hang_after"):
            hold = bytearray(orders.get("memory_mb", 0) * 2**20)
            time.sleep(600 if hold is not None else 0)
        if epoch == orders.get("problem_after"):
            refuse(orders["problem"])
        if epoch == orders.get("exit_after"):
            sys.exit(1)


def write_results(orders: dict[str, Any]) -> None:
    content = orders.get("content", os.getcwd()).encode()
    for name in ("models", "metrics", "samples"):
        Path(name).mkdir(exist_ok=True)
    onnx = Path(orders["onnx"]).read_bytes() if "onnx" in orders else b"onnx " + content
    Path("models/best.onnx").write_bytes(onnx)
    Path("models/best.pt").write_bytes(b"pt " + content)
    registered = {
        "onnx_sha256": hashlib.sha256(orders.get("registered", "").encode() or onnx).hexdigest(),
        "pt_sha256": hashlib.sha256(b"pt " + content).hexdigest(),
        "classes": orders.get("classes", ["car", "bus"]),
        "image_size": 64,
        "licence": "AGPL-3.0",
    }
    Path("models/registration.json").write_text(json.dumps(registered))
    difference = {
        "map50_95": {"mean": orders["low"] + 0.1, "low": orders["low"], "high": orders["low"] + 0.2},
        "per_class": {"car": 0.1},
    }
    measured = {
        "dataset": {"frames": orders["frames"]},
        "shown_confidence": orders.get("shown"),
        "challenger": {"map50_95": orders["quality"], "per_class": {}, **orders.get("figures", {})},
        "champion": orders["champion"],
        "difference": difference if orders["champion"] else None,
    }
    Path("metrics/evaluation.json").write_text(json.dumps(measured))
    Path("samples/sample-1.jpg").write_bytes(b"a picture")
    Path("data/dataset").mkdir(parents=True, exist_ok=True)
    Path("data/dataset/large").write_bytes(b"x" * 1000)


orders = {**DEFAULTS, **json.loads((HERE / "orders.json").read_text())}
train(orders)
write_results(orders)
