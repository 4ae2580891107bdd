"""Runs a stock Flower federation on this machine and says, line by line in JSON, where it is and what came out.

    python flower_peer.py federation --stock 2 --nodes 3 --rounds 3
    python flower_peer.py superlink --tls DIR --keys DIR/node.pub …
    python flower_peer.py supernode --superlink 127.0.0.1:9092 --site 1 [--key FILE] [--ca FILE]
    python flower_peer.py app --out app.fab
    python flower_peer.py keys --out DIR

`federation` starts a SuperLink, `--stock` SuperNodes and the app of bench/flower-app, waits until `--nodes` nodes are there (others may
join at the address it prints) and ends with the run. `--bytes` takes a model of that size that is not trained: the
transport alone. It ends when its input ends. Needs flwr 1.23 or later and numpy.
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
BIN = pathlib.Path(sys.executable).parent


def tell(**facts):
    print(json.dumps(facts), flush=True)


def free_port():
    """One that no system gives away by itself: until the program that gets it listens there, seconds pass."""
    for _ in range(200):
        port = random.randrange(10_000, 30_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise SystemExit("no port is free")


def wait_for(port, process, seconds=120):
    for _ in range(seconds * 10):
        if process.poll() is not None:
            raise SystemExit("it ended before it listened")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("it never listened")


def options_of(command, env):
    return subprocess.run([str(BIN / command), "--help"], env=env, capture_output=True, text=True).stdout


def runtime_api(command, old, env):
    """Where a program offers its own runtime: one address at first, host and port of HTTP since 1.38."""
    known = old in options_of(command, env)
    port = free_port()
    return [old, f"127.0.0.1:{port}"] if known else ["--host", "127.0.0.1", "--port", str(port)], port


def superlink(processes, security, port):
    """Starts a SuperLink; its process and the ports of its Fleet and Control API.

    The Control API is HTTP at the runtime's port since 1.38, the Fleet API too since 1.40.
    """
    said = " ".join(options_of("flower-superlink", processes.env).split())
    fleet, control = port or free_port(), free_port()
    runtime, runtime_port = runtime_api("flower-superlink", "--serverappio-api-address", processes.env)
    apis = []
    if "--fleet-api-address FLEET_API_ADDRESS Deprecated" not in said:
        apis += ["--fleet-api-address", f"127.0.0.1:{fleet}"]
    else:
        runtime_port = fleet
        runtime = ["--host", "127.0.0.1", "--port", str(fleet)]
    if runtime[0] == "--host":
        control = runtime_port
    else:
        apis += ["--control-api-address", f"127.0.0.1:{control}"]
    link = processes.start("flower-superlink", *security, *apis, *runtime)
    for each in {fleet, control, runtime_port}:
        wait_for(each, link)
    return link, fleet, control


def secured(tls, authenticated):
    """What a SuperLink is told about TLS and SuperNode authentication, and who vouches for it."""
    if not tls:
        return ["--insecure"] + (["--enable-supernode-auth"] if authenticated else []), None
    folder = pathlib.Path(tls)
    security = ["--ssl-ca-certfile", str(folder / "ca.pem"), "--ssl-certfile", str(folder / "server.pem"),
                "--ssl-keyfile", str(folder / "server.key")]
    return security + (["--enable-supernode-auth"] if authenticated else []), (folder / "ca.pem").read_bytes()


class Processes:
    def __init__(self, home, log):
        self.env = {**os.environ, "FLWR_TELEMETRY_ENABLED": "0", "FLWR_HOME": str(home / "flwr"), "HOME": str(home),
                    "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}", "PYTHONUNBUFFERED": "1"}
        self.log = open(log, "ab")
        self.all = []

    def start(self, *command):
        process = subprocess.Popen([str(BIN / command[0]), *command[1:]], env=self.env, stdin=subprocess.DEVNULL,
                                   stdout=self.log, stderr=self.log, start_new_session=True)
        self.all.append(process)
        return process

    def close(self):
        for process in self.all:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()


def build(home, env):
    """The app as a bundle, as `flwr build` makes it."""
    app = home / "app"
    subprocess.run(["cp", "-r", str(HERE / "flower-app"), str(app)], check=True)
    subprocess.run([str(BIN / "flwr"), "build", "--app", str(app)], cwd=home, env=env, check=True,
                   stdout=subprocess.DEVNULL)
    return next(home.glob("*.fab"))


def control_over_http(address, root):
    """The Control API as releases from 1.40 on have it; None before."""
    try:
        from flwr.supercore.control.control_http_client import ControlHttpClient
        from flwr.supercore.interceptors.http.runtime_version import RuntimeVersionHttpInterceptor
    except ImportError:
        return None
    return ControlHttpClient.from_server_address(
        address, root is None, root, interceptors=[RuntimeVersionHttpInterceptor(component_name="CLI")])


def start_run(address, fab, root):
    import grpc
    from flwr.proto.control_pb2 import StartRunRequest
    from flwr.proto.control_pb2_grpc import ControlStub
    from flwr.proto.fab_pb2 import Fab

    content = fab.read_bytes()
    channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(root)) if root else grpc.insecure_channel(address)
    request = StartRunRequest(fab=Fab(hash_str=hashlib.sha256(content).hexdigest(), content=content))
    if "federation" in request.DESCRIPTOR.fields_by_name:
        try:
            from flwr.supercore.constant import NOOP_FEDERATION
            request.federation = NOOP_FEDERATION
        except ImportError:
            pass
    http = control_over_http(address, root)
    return (http.StartRun(request) if http else ControlStub(channel).StartRun(request, timeout=60)).run_id


def register(address, keys, root):
    import grpc
    from cryptography.hazmat.primitives import serialization
    from flwr.proto.control_pb2 import RegisterNodeRequest
    from flwr.proto.control_pb2_grpc import ControlStub

    channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(root)) if root else grpc.insecure_channel(address)
    http = control_over_http(address, root)
    for key in keys:
        public = serialization.load_ssh_public_key(pathlib.Path(key).read_bytes())
        request = RegisterNodeRequest(public_key=public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
        if http:
            http.RegisterNode(request)
        else:
            ControlStub(channel).RegisterNode(request, timeout=30)


def federation(options, home):
    out = home / "result.json"
    processes = Processes(home, options.log or home / "log.txt")
    processes.env.update(UNICA_FLOWER_NODES=str(options.nodes or options.stock), UNICA_FLOWER_ROUNDS=str(options.rounds),
                         UNICA_FLOWER_BYTES=str(options.bytes), UNICA_FLOWER_OUT=str(out),
                         UNICA_FLOWER_CONFIG=options.config)
    if options.arrays:
        processes.env["UNICA_FLOWER_ARRAYS"] = options.arrays
    try:
        fab = build(home, processes.env)
        security, root = secured(options.tls, options.keys)
        link, fleet, control = superlink(processes, security, options.port)
        if options.keys:
            register(f"127.0.0.1:{control}", options.keys, root)
        for site in range(1, options.stock + 1):
            processes.start(
                "flower-supernode", "--insecure", "--superlink", f"127.0.0.1:{fleet}",
                *runtime_api("flower-supernode", "--clientappio-api-address", processes.env)[0],
                "--node-config", f"site={site}")
        tell(fleet=f"127.0.0.1:{fleet}", pid=link.pid)
        run_id = start_run(f"127.0.0.1:{control}", fab, root)
        until = time.monotonic() + options.patience
        while not out.exists():
            if time.monotonic() > until or link.poll() is not None:
                tell(failed="the run did not end")
                return
            time.sleep(0.05)
        tell(run=str(run_id), result=json.loads(out.read_text()))
    finally:
        processes.close()


def superlink_alone(options, home):
    """A SuperLink that others start runs on, and the SuperNodes whose keys are named."""
    processes = Processes(home, options.log or home / "log.txt")
    try:
        security, root = secured(options.tls, True)
        link, fleet, control = superlink(processes, security, options.port)
        register(f"127.0.0.1:{control}", options.keys or [], root)
        tell(fleet=f"127.0.0.1:{fleet}", control=f"127.0.0.1:{control}", pid=link.pid)
        link.wait()
        tell(failed="the SuperLink ended")
    finally:
        processes.close()


def supernode(options, home):
    processes = Processes(home, options.log or home / "log.txt")
    try:
        security = ["--root-certificates", options.ca] if options.ca else ["--insecure"]
        if options.key:
            security += ["--auth-supernode-private-key", options.key]
            if "--auth-supernode-public-key" in options_of("flower-supernode", processes.env):
                security += ["--auth-supernode-public-key", options.key + ".pub"]
        runtime, port = runtime_api("flower-supernode", "--clientappio-api-address", processes.env)
        node = processes.start(
            "flower-supernode", *security, "--superlink", options.superlink, *runtime,
            "--node-config", f"site={options.site}")
        wait_for(port, node)
        tell(pid=node.pid)
        node.wait()
        tell(ended=node.returncode)
    finally:
        processes.close()


def keys(folder):
    """A key of a SuperNode as `ssh-keygen` makes it, and a certificate of 127.0.0.1 with who vouches for it."""
    import datetime
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    folder.mkdir(parents=True, exist_ok=True)
    pem, none = serialization.Encoding.PEM, serialization.NoEncryption()
    key = ec.generate_private_key(ec.SECP384R1())
    (folder / "node").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.OpenSSH, none))
    (folder / "node.pub").write_bytes(key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH))
    now = datetime.datetime.now(datetime.timezone.utc)

    def certificate(name, public_key, issuer, signer, authority):
        builder = x509.CertificateBuilder(
            issuer, x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]), public_key,
            x509.random_serial_number(), now - datetime.timedelta(days=1), now + datetime.timedelta(days=7))
        builder = builder.add_extension(x509.BasicConstraints(authority, None), True)
        if not authority:
            builder = builder.add_extension(x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        return builder.sign(signer, hashes.SHA256())

    ca_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "unica test authority")])
    ca = certificate("unica test authority", ca_key.public_key(), ca_name, ca_key, True)
    server = certificate("localhost", server_key.public_key(), ca_name, ca_key, False)
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "server.pem").write_bytes(server.public_bytes(pem))
    (folder / "server.key").write_bytes(server_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, none))


def main():
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("version")
    for name in ("app", "keys"):
        verbs.add_parser(name).add_argument("--out", required=True)
    link = verbs.add_parser("superlink")
    run = verbs.add_parser("federation")
    run.add_argument("--stock", type=int, default=2)
    run.add_argument("--nodes", type=int, default=0)
    run.add_argument("--rounds", type=int, default=3)
    run.add_argument("--bytes", type=int, default=0)
    run.add_argument("--config", default="{}")
    run.add_argument("--arrays")
    run.add_argument("--patience", type=float, default=300)
    node = verbs.add_parser("supernode")
    node.add_argument("--superlink", required=True)
    node.add_argument("--site", type=int, required=True)
    node.add_argument("--key")
    node.add_argument("--ca")
    for verb in (link, run):
        verb.add_argument("--port", type=int, default=0)
        verb.add_argument("--tls")
        verb.add_argument("--keys", nargs="*")
    for verb in (link, run, node):
        verb.add_argument("--log")
    options = parser.parse_args()
    try:
        from importlib.metadata import version
        import numpy  # noqa: F401
        tell(flwr=version("flwr"))
    except ImportError as error:
        tell(absent=f"flwr is not installed for {sys.executable}: {error}")
        return
    if options.verb == "version":
        return

    def end_with_input():
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=end_with_input, daemon=True).start()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="unica-flower-") as folder:
        home = pathlib.Path(folder)
        try:
            if options.verb == "app":
                fab = build(home, {**os.environ, "FLWR_HOME": str(home / "flwr"), "FLWR_TELEMETRY_ENABLED": "0"})
                os.replace(fab, options.out)
                tell(app=options.out)
            elif options.verb == "keys":
                keys(pathlib.Path(options.out))
                tell(keys=options.out)
            elif options.verb == "federation":
                federation(options, home)
            elif options.verb == "superlink":
                superlink_alone(options, home)
            else:
                supernode(options, home)
        except KeyboardInterrupt:
            pass


main()
