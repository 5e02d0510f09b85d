// Before MLflow's own scripts (views/mlflow_proxy.py), so it is no module. Who comes for the first time sees MLflow's page for training
// models, not the one for language models, which is its default; who presses its switch is remembered by MLflow under the same name.
{
  const KEPT_AS = 'mlflow.workflowType_v1';
  try {
    if (localStorage.getItem(KEPT_AS) === null) localStorage.setItem(KEPT_AS, JSON.stringify('machine_learning'));
  } catch {
    // Nothing can be kept in this browser: the links of the product name the face themselves.
  }
}
