"""Runs engines of TensorRT on the GPU that they were built for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from segdet_kit.builtin.exporters.tensorrt import require_tensorrt
from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.graph import Run
from segdet_kit.openmmlab.runtimes import file_of


class TensorRt:
    """One engine, whose outputs lie in torch's tensors on the device."""

    def load(self, folder: Path, device: torch.device) -> Run:
        """Return the folder's one engine as a function of arrays.

        Raises ``KitError`` without the package or a GPU, and for an engine of another GPU or version.
        """
        require_tensorrt()
        import tensorrt

        runtime = tensorrt.Runtime(tensorrt.Logger(tensorrt.Logger.WARNING))
        engine = runtime.deserialize_cuda_engine(file_of(folder, "engine").read_bytes())
        if engine is None:
            raise KitError(
                f"tensorrt cannot open the engine in {folder}",
                "it was built for another GPU or version: export the model on this machine",
            )
        context = engine.create_execution_context()
        tensors = [engine.get_tensor_name(number) for number in range(engine.num_io_tensors)]
        outputs = [name for name in tensors if name != "images"]
        stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

        def run(images: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.generic]]:
            given = torch.from_numpy(images).to(device)
            context.set_input_shape("images", tuple(given.shape))
            context.set_tensor_address("images", given.data_ptr())
            found = []
            for name in outputs:
                dtype = torch.from_numpy(np.empty(0, tensorrt.nptype(engine.get_tensor_dtype(name)))).dtype
                output = torch.empty(tuple(context.get_tensor_shape(name)), dtype=dtype, device=device)
                context.set_tensor_address(name, output.data_ptr())
                found.append(output)
            stream.wait_stream(torch.cuda.current_stream(device))
            context.execute_async_v3(stream.cuda_stream)
            stream.synchronize()
            return [output.cpu().numpy() for output in found]

        return run
