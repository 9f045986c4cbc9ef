# The upgrade as people write it for pyinfra: all hosts at once, no canary, no snapshot, no timer, no proof.
from pyinfra import host
from pyinfra.operations import files, server, systemd

binary, version, phext = (host.data.get(name) for name in ("binary", "version", "phext"))
url = f"http://127.0.0.1:1337/api/v2/version?p={phext}"

files.put(name="the new binary lies beside the old one", src=binary, dest="/usr/local/bin/sq.new", mode="755")
server.shell(name="it runs here", commands=[f"/usr/local/bin/sq.new version | grep -qF {version}"])
server.shell(name="it takes the old one's place", commands=["mv /usr/local/bin/sq.new /usr/local/bin/sq"])
systemd.service(name="SQ restarts", service="sq", restarted=True)
server.shell(
    name="SQ answers with the new version",
    commands=[f"for i in $(seq 100); do curl -sf '{url}' | grep -qF {version} && exit 0; sleep .05; done; exit 1"],
)
