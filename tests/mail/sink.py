"""An SMTP sink with TLS, sign-in and faults, for the tests: sink.py FOLDER PORT MODE CERTIFICATE KEY.

MODE: tls, starttls, or plain (offers no TLS at all). What arrives is written to FOLDER as N.eml, with its envelope in N.json.
The local part of a recipient names a fault: tempfail (451), permfail (550), late-tempfail and late-permfail (after the data),
drop (taken, then the line is cut), hang (taken, then no answer).
"""
import asyncio
import base64
import json
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

folder, port, mode = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(sys.argv[4], sys.argv[5])
known = {"PLAIN": b"specimen-password", "LOGIN": b"specimen-password"}
count = 0


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("tempfail@"):
            return "451 4.3.0 try later"
        if address.startswith("permfail@"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        global count
        to = envelope.rcpt_tos[0]
        if to.startswith("late-tempfail@"):
            return "452 4.3.1 no room now"
        if to.startswith("late-permfail@"):
            return "554 5.6.0 not this"
        count += 1
        (folder / f"{count}.eml").write_bytes(envelope.original_content)
        (folder / f"{count}.json").write_text(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "options": envelope.mail_options,
            "tls": mode == "tls" or session.ssl is not None, "user": session.auth_data and session.auth_data.login.decode(),
        }))
        if to.startswith("drop@"):
            server.transport.abort()
            return "421 gone"
        if to.startswith("hang@"):
            await asyncio.sleep(3600)
        return "250 2.0.0 queued"

    async def auth_XOAUTH2(self, server, args):
        if len(args) < 2:
            return AuthResult(success=False)
        said = base64.b64decode(args[1]).split(b"\x01")
        is_good = said[1] == b"auth=Bearer specimen-token"
        data = LoginPassword(said[0].removeprefix(b"user="), b"") if is_good else None
        return AuthResult(success=is_good, handled=False, auth_data=data)


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=known.get(mechanism) == data.password, auth_data=data)


def protocol():
    secured = {} if mode == "plain" else {"authenticator": authenticate, "auth_require_tls": mode == "starttls"}
    if mode == "starttls":
        secured.update(tls_context=context, require_starttls=True)
    return SMTP(handler, hostname="localhost", data_size_limit=50_000_000, **secured)


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", port, ssl=context if mode == "tls" else None)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


handler = Handler()
asyncio.run(main())
