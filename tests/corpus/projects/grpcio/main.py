"""A server and its client in one process: calls, a stream and errors."""

from concurrent.futures import ThreadPoolExecutor

import grpc


def reverse(request, context):
    if not request:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "nothing to reverse")
    return request[::-1]


def split(request, context):
    yield from request.split()


def main():
    handlers = {
        "Reverse": grpc.unary_unary_rpc_method_handler(reverse),
        "Split": grpc.unary_stream_rpc_method_handler(split),
    }
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("Words", handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    options = [("grpc.enable_http_proxy", 0)]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options) as channel:
        call = channel.unary_unary("/Words/Reverse")
        print(call(b"abc", timeout=20))
        print(list(channel.unary_stream("/Words/Split")(b"a b c", timeout=20)))
        for method, argument in ((call, b""), (channel.unary_unary("/Words/No"), b"x")):
            try:
                method(argument, timeout=20)
            except grpc.RpcError as error:
                print(error.code(), error.details())
    server.stop(None).wait()
