"""The shop as an ASGI application: authentication, routes, and the form of refusals."""

from __future__ import annotations

import contextlib
import hmac
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import select
from sqlalchemy.exc import DataError, OperationalError, TimeoutError

from loadtests.shop.api import bodies, carts, catalogue, goods, members, order_routes, reports
from loadtests.shop.faults import NO_FAULTS, Faults, Faulty
from loadtests.shop.problems import Problem
from loadtests.shop.state import READY, Shop, TheShop, from_environment
from loadtests.shop.warm_up import warm_up

open_to_all = APIRouter(tags=["shop"])
trouble = APIRouter(prefix="/faults", tags=["faults"])


def create(shop: Shop | None = None) -> FastAPI:
    """The application over a shop; without one, over the shop that the environment names."""
    app = FastAPI(title="retail-lab demo shop", version="1", redoc_url=None, lifespan=_lifespan)
    app.state.shop = shop or from_environment()
    app.add_middleware(Faulty, page=app.state.shop.page)
    app.include_router(open_to_all)
    for part in (catalogue, carts, order_routes, goods, members, reports):
        app.include_router(part.router, dependencies=[Depends(_authorised)])
    app.include_router(trouble, dependencies=[Depends(_authorised)])
    app.add_exception_handler(Problem, _say_no)
    app.add_exception_handler(RequestValidationError, _invalid)
    for error in (DataError, OverflowError, UnicodeError):
        app.add_exception_handler(error, _unstorable)
    for gone in (OperationalError, TimeoutError):
        app.add_exception_handler(gone, _busy)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    warm_up(app.state.shop)
    if folder := os.environ.get(READY):
        (Path(folder) / str(os.getpid())).touch()
    yield
    app.state.shop.database.close()


_bearer = HTTPBearer(auto_error=False, description="The value of RETAIL_LAB_SHOP_TOKEN.")


async def _authorised(
    shop: TheShop, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    if credentials is None or not hmac.compare_digest(credentials.credentials.encode(), shop.token.encode()):
        raise Problem(401, "unauthorised", "a bearer token is needed", headers={"WWW-Authenticate": "Bearer"})


@open_to_all.get("/health")
def check_health(shop: TheShop) -> bodies.Health:
    """Whether a worker is up and reaches its database."""
    with shop.database.read() as connection:
        connection.execute(select(1))
    return bodies.Health(database=shop.database.name, worker=os.getpid())


@trouble.get("")
async def read_faults(shop: TheShop) -> Faults:
    """The faults that are on."""
    return shop.page.read()[1]


@trouble.put("")
async def ask_for_faults(faults: Faults, shop: TheShop) -> Faults:
    """From now on, in every worker; what is left out does not happen."""
    shop.page.write(faults, began=time.time())
    return faults


@trouble.delete("")
async def end_faults(shop: TheShop) -> Faults:
    """End all faults."""
    shop.page.write(NO_FAULTS, began=time.time())
    return NO_FAULTS


async def _say_no(_: Request, problem: Any) -> JSONResponse:
    return JSONResponse(problem.body, problem.status, headers=problem.headers)


async def _invalid(_: Request, error: Any) -> JSONResponse:
    errors = [{"loc": list(map(_plain, e["loc"])), "msg": _plain(e["msg"]), "type": e["type"]} for e in error.errors()]
    where = ".".join(map(str, errors[0]["loc"]))
    body = {"code": "invalid", "message": f"{where}: {errors[0]['msg']}", "errors": errors}
    return JSONResponse(body, 422)


def _plain(part: str | int) -> str | int:
    """The text with lone surrogates, which UTF-8 cannot encode, as escapes."""
    return part.encode("utf-8", "backslashreplace").decode() if isinstance(part, str) else part


async def _unstorable(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"code": "invalid", "message": "a value that the database cannot hold", "errors": []}, 422)


async def _busy(_: Request, error: Exception) -> JSONResponse:
    body = {"code": "busy", "message": "the database is busy: nothing was done, try again"}
    return JSONResponse(body, 503, headers={"Retry-After": "1"})
