# docker build -t retail-lab .
# docker run --rm retail-lab                                      the demo
# docker run --rm -p 127.0.0.1:8888:8888 retail-lab lab           JupyterLab on notebooks/, at the address it prints
# docker run --rm -it --entrypoint bash retail-lab                a shell in which `retail-lab` is found
FROM debian:trixie-slim

# The last two are what WeasyPrint writes PDF with.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates gcc libc6-dev make python3-dev python3-venv libpangoft2-1.0-0 libharfbuzz-subset0 \
 && rm -rf /var/lib/apt/lists/*

RUN useradd --create-home planner && install -d -o planner /lab
# Outside a container this address is reached only where `docker run -p` publishes it.
COPY <<EOF /etc/jupyter/jupyter_server_config.py
c.ServerApp.ip = "0.0.0.0"
c.ServerApp.open_browser = False
EOF

USER planner
WORKDIR /lab
COPY --chown=planner . .
RUN make venv
ENV PATH=/lab/.venv/bin:$PATH

ENTRYPOINT ["make"]
CMD ["demo"]
