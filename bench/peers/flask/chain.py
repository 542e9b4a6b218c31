"""The chain as students of the source lab write it: Flask's own threaded server and requests, without sessions.

Each of the six programs is a process; the balancers and the gateway make a new connection for every call, and the gateway
asks the login service about the token every time. Rate limits and the status file are left out: the other systems have none.

Usage: python3 chain.py edge|gateway|services|microservice|cache|login [URL of what it calls] [URL of the login]
"""
import datetime
import logging
import secrets
import sys

import jwt
import requests
from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

HOP_BY_HOP = {"host", "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "content-length", "content-encoding"}
CALL_TIMEOUT_SECONDS = 10


def passed_on(headers):
    return {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}


def forward(upstream):
    """Sends this request to the upstream and its answer back."""
    answer = requests.request(
        request.method,
        upstream + request.full_path.rstrip("?"),
        headers=passed_on(request.headers),
        data=request.get_data(),
        timeout=CALL_TIMEOUT_SECONDS,
    )
    return Response(answer.content, answer.status_code, passed_on(answer.headers))


def balancer(app, upstream):
    @app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
    @app.route("/<path:path>", methods=["GET", "POST"])
    def pass_on(path):
        return forward(upstream)


def gateway(app, services, login):
    @app.post("/login")
    def log_in():
        return forward(login)

    @app.get("/data")
    def data():
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not token:
            return jsonify(error="Missing or invalid token"), 403
        verdict = requests.post(f"{login}/validate_token", json={"token": token}, timeout=CALL_TIMEOUT_SECONDS)
        if verdict.status_code != 200:
            return jsonify(error="Invalid or expired token"), 403
        return forward(services)


def microservice(app, cache):
    @app.get("/data")
    def data():
        value = requests.get(f"{cache}/cache/my_data", timeout=CALL_TIMEOUT_SECONDS).json()["value"]
        if value is None:
            return jsonify(error="Failed to retrieve data", details="the cache is empty"), 500
        return jsonify(cached=True, data=value)


def cache(app):
    entries = {"my_data": "Fetched fresh data from DB"}

    @app.get("/cache/<key>")
    def read(key):
        return jsonify(value=entries.get(key))

    @app.post("/cache/<key>")
    def write(key):
        entries[key] = request.get_json()["value"]
        return jsonify(status="ok")


def login(app):
    secret = secrets.token_hex(32)

    @app.post("/login")
    def log_in():
        credentials = request.get_json()
        if credentials.get("username") != "user1" or credentials.get("password") != "password123":
            return jsonify(message="Invalid credentials"), 401
        expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        return jsonify(token=jwt.encode({"sub": "user1", "exp": expires}, secret, algorithm="HS256"))

    @app.post("/validate_token")
    def validate():
        token = request.get_json().get("token")
        if not token:
            return jsonify(error="Token is missing"), 400
        try:
            jwt.decode(token, secret, algorithms=["HS256"])
        except jwt.InvalidTokenError:
            return jsonify(valid=False), 403
        return jsonify(valid=True)


ROLES = {"edge": balancer, "gateway": gateway, "services": balancer, "microservice": microservice, "cache": cache, "login": login}


def main():
    role, *urls = sys.argv[1:]
    # One line for each request would be measured too.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = Flask(role)
    ROLES[role](app, *urls)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(f"ready {server.server_port}", flush=True)
    server.serve_forever()


main()
