"""The pipeline of dvc.yaml: export, train, evaluate, register. Knows no Django; docs/training.md."""
