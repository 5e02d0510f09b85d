"""Detectors and where their weights come from: docs/models.md. Knows no Django."""

import os

# ONNX Runtime reports to its maker unless this is set before it is loaded. Processes started here inherit it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
