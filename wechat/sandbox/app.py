"""The sandbox as one ASGI application: WeChat's two hosts, the phone page and the control page."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from . import control, settlement
from .config import Config
from .courier import Courier
from .pay.routes import ROUTES as PAY_ROUTES
from .phone.routes import ROUTES as PHONE_ROUTES
from .recorder import Recorder
from .weixin.routes import ROUTES as WEIXIN_ROUTES
from .world import World

HERE = Path(__file__).parent
LOOPBACK = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"


def create_app(config: Config) -> Recorder:
    """Build the sandbox on `config.data_dir`, where it keeps its keys and its memory."""
    world = World(config)
    settlement.resume(world)
    app = Starlette(
        routes=[
            *WEIXIN_ROUTES,
            *PAY_ROUTES,
            *PHONE_ROUTES,
            *control.ROUTES,
            Route("/", lambda request: RedirectResponse("/phone/")),
            Route("/healthz", health),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        middleware=[
            Middleware(CORSMiddleware, allow_origin_regex=LOOPBACK, allow_methods=["*"], allow_headers=["*"]),
        ],
        exception_handlers={404: unknown, 405: unknown, ClientDisconnect: left},
        lifespan=lifespan,
    )
    app.state.world = world
    # Around Starlette, not inside: dropping a connection needs the server's own `send`.
    return Recorder(app, world)


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    world: World = app.state.world
    app.state.courier = courier = Courier(world)
    work = asyncio.create_task(courier.run())
    try:
        yield
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
        await courier.close()
        world.commit()
        world.store.close()


async def health(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def left(request: Request, error: Exception) -> Response:
    """The client hung up before it had sent its request: nothing has happened, and nobody hears of it."""
    return Response(status_code=499)


async def unknown(request: Request, error: Exception) -> Response:
    """An address that neither of WeChat's hosts knows, each in its own manner."""
    path = request.url.path
    if path.startswith("/v3/"):
        body = {"code": "RESOURCE_NOT_EXISTS", "message": "请求的资源不存在"}
        return JSONResponse(body, status_code=getattr(error, "status_code", 404))
    if path.startswith(("/cgi-bin/", "/wxa/", "/sns/")):
        post = getattr(error, "status_code", 404) == 405
        errcode, errmsg = (43002, "require POST method") if post else (40066, "invalid url")
        return JSONResponse({"errcode": errcode, "errmsg": errmsg})
    return JSONResponse({"error": "not found"}, status_code=getattr(error, "status_code", 404))
