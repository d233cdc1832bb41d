"""Imported by every Python that the tests start: only this machine can be reached."""

import socket


HERE = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "")


class BlockedError(OSError):
    """What a connection to another machine meets during tests."""


def guarded(function):
    def reach(self, address, *rest):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in HERE:
            raise BlockedError(f"the network is blocked during tests, got {address}")
        return function(self, address, *rest)

    return reach


def resolve(host, *rest, **options):
    if host not in (*HERE, None, b"", b"localhost", b"127.0.0.1", socket.gethostname()):
        raise BlockedError(f"the network is blocked during tests, got the address of {host}")
    return getaddrinfo(host, *rest, **options)


getaddrinfo, socket.getaddrinfo = socket.getaddrinfo, resolve
for name in ("connect", "connect_ex"):
    setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
