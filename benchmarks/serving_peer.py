"""The demo run’s network behind FastAPI with a plain PyTorch call, as tutorials have it."""

import torch
from fastapi import FastAPI
from pydantic import BaseModel
from torch import nn

from core.runs.archive import DEMO_DIRECTORY
from core.runs.model_tensors import read_model

torch.set_num_threads(1)
DEMO = read_model(DEMO_DIRECTORY / "checkpoint.safetensors")
NETWORK = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)).eval()
NAMES = {
    "0.weight": "layers.0.weight",
    "0.bias": "layers.0.bias",
    "2.weight": "layers.1.weight",
    "2.bias": "layers.1.bias",
}
NETWORK.load_state_dict({name: torch.from_numpy(DEMO.weights[ours].copy()) for name, ours in NAMES.items()})
app = FastAPI()


class Images(BaseModel):
    """The same body."""

    images: list[list[float]]


@app.post("/predict")
async def predict(body: Images) -> dict[str, list[dict[str, object]]]:
    with torch.inference_mode():
        pixels = (torch.tensor(body.images) / 255 - DEMO.normalisation.mean) / DEMO.normalisation.std
        probabilities = NETWORK(pixels).softmax(1)
    return {"predictions": [{"label": int(row.argmax()), "probabilities": row.tolist()} for row in probabilities]}
