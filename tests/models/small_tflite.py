"""Make the smallest TFLite files that the converter's rules can be tried on."""

from collections.abc import Callable, Sequence
from typing import Any

import flatbuffers
import numpy as np
import tflite
from numpy.typing import NDArray


def _vector(builder: Any, start: Callable[[Any, int], Any], items: Sequence[int], prepend: str) -> Any:
    start(builder, len(items))
    for item in reversed(items):
        getattr(builder, prepend)(item)
    return builder.EndVector()


def one_operator_network(
    operator: int,
    input_shape: tuple[int, ...],
    output_shape: tuple[int, ...],
    constants: Sequence[NDArray[Any]] = (),
    options: Callable[[Any], tuple[int, Any]] | None = None,
) -> bytes:
    """Return a TFLite file: `input`, then constants, through one operator to `output`. All activations are float32."""
    builder = flatbuffers.Builder(1024)
    stored = [builder.CreateNumpyVector(np.frombuffer(array.tobytes(), np.uint8)) for array in constants]
    buffers = []
    for content in [None, *stored]:
        tflite.BufferStart(builder)
        if content is not None:
            tflite.BufferAddData(builder, content)
        buffers.append(tflite.BufferEnd(builder))
    kinds = {"float32": tflite.TensorType.FLOAT32, "float16": tflite.TensorType.FLOAT16, "int32": tflite.TensorType.INT32}
    tensors = [_tensor(builder, "input", input_shape, tflite.TensorType.FLOAT32, 0)]
    for i, array in enumerate(constants):
        tensors.append(_tensor(builder, f"constant{i}", array.shape, kinds[str(array.dtype)], i + 1))
    tensors.append(_tensor(builder, "output", output_shape, tflite.TensorType.FLOAT32, 0))
    last = len(tensors) - 1
    option_type, option_table = options(builder) if options is not None else (0, None)
    inputs = _vector(builder, tflite.OperatorStartInputsVector, range(last), "PrependInt32")
    outputs = _vector(builder, tflite.OperatorStartOutputsVector, [last], "PrependInt32")
    tflite.OperatorStart(builder)
    tflite.OperatorAddOpcodeIndex(builder, 0)
    tflite.OperatorAddInputs(builder, inputs)
    tflite.OperatorAddOutputs(builder, outputs)
    if option_table is not None:
        tflite.OperatorAddBuiltinOptionsType(builder, option_type)
        tflite.OperatorAddBuiltinOptions(builder, option_table)
    operators = _vector(builder, tflite.SubGraphStartOperatorsVector, [tflite.OperatorEnd(builder)], "PrependUOffsetTRelative")
    tensor_vector = _vector(builder, tflite.SubGraphStartTensorsVector, tensors, "PrependUOffsetTRelative")
    graph_inputs = _vector(builder, tflite.SubGraphStartInputsVector, [0], "PrependInt32")
    graph_outputs = _vector(builder, tflite.SubGraphStartOutputsVector, [last], "PrependInt32")
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddTensors(builder, tensor_vector)
    tflite.SubGraphAddInputs(builder, graph_inputs)
    tflite.SubGraphAddOutputs(builder, graph_outputs)
    tflite.SubGraphAddOperators(builder, operators)
    graph = tflite.SubGraphEnd(builder)
    tflite.OperatorCodeStart(builder)
    tflite.OperatorCodeAddBuiltinCode(builder, operator)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, operator)
    code = tflite.OperatorCodeEnd(builder)
    codes = _vector(builder, tflite.ModelStartOperatorCodesVector, [code], "PrependUOffsetTRelative")
    graphs = _vector(builder, tflite.ModelStartSubgraphsVector, [graph], "PrependUOffsetTRelative")
    buffer_vector = _vector(builder, tflite.ModelStartBuffersVector, buffers, "PrependUOffsetTRelative")
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, 3)
    tflite.ModelAddOperatorCodes(builder, codes)
    tflite.ModelAddSubgraphs(builder, graphs)
    tflite.ModelAddBuffers(builder, buffer_vector)
    builder.Finish(tflite.ModelEnd(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def _tensor(builder: Any, name: str, shape: Sequence[int], kind: int, buffer: int) -> Any:
    name_offset = builder.CreateString(name)
    shape_offset = _vector(builder, tflite.TensorStartShapeVector, shape, "PrependInt32")
    tflite.TensorStart(builder)
    tflite.TensorAddShape(builder, shape_offset)
    tflite.TensorAddType(builder, kind)
    tflite.TensorAddBuffer(builder, buffer)
    tflite.TensorAddName(builder, name_offset)
    return tflite.TensorEnd(builder)


def convolution_options(stride: int, padding: int) -> Callable[[Any], tuple[int, Any]]:
    def write(builder: Any) -> tuple[int, Any]:
        tflite.Conv2DOptionsStart(builder)
        tflite.Conv2DOptionsAddPadding(builder, padding)
        tflite.Conv2DOptionsAddStrideW(builder, stride)
        tflite.Conv2DOptionsAddStrideH(builder, stride)
        tflite.Conv2DOptionsAddDilationWFactor(builder, 1)
        tflite.Conv2DOptionsAddDilationHFactor(builder, 1)
        return tflite.BuiltinOptions.Conv2DOptions, tflite.Conv2DOptionsEnd(builder)

    return write
