"""Finds libpq, composes SQL, adapts values, and meets a port where nobody listens."""

import socket
from datetime import date
from decimal import Decimal

import psycopg
from psycopg import sql
from psycopg.adapt import PyFormat, Transformer
from psycopg.types.json import Jsonb


def main():
    assert psycopg.pq.version() > 130000
    print(psycopg.pq.__impl__)
    query = sql.SQL("select {} from {} where a = {}").format(
        sql.SQL(", ").join(map(sql.Identifier, ("x", 'y"z'))),
        sql.Identifier("t"),
        sql.Literal("it's"),
    )
    print(query.as_string())
    for value in (7, Decimal("1.10"), date(2024, 2, 29), "ä", [1, 2], Jsonb({"a": 1})):
        dumper = Transformer().get_dumper(value, PyFormat.TEXT)
        print(type(value).__name__, bytes(dumper.dump(value)))
    print(psycopg.conninfo.make_conninfo(host="h", password="a b"))
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        try:
            psycopg.connect(host="127.0.0.1", port=port, dbname="d", user="u", connect_timeout=5)
        except psycopg.OperationalError as error:
            print(type(error).__name__, "Connection refused" in str(error))
    print(psycopg.errors.lookup("23505").__name__)
