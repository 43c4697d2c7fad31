"""Whatever a settlement file holds: payments that can be submitted, or an error that says what is wrong with it."""

from __future__ import annotations

import contextlib

from hypothesis import strategies as st
from paxos_settlement.file import SettlementFileError, parse_settlement_file
from paxos_settlement.payment import COLUMNS

from airflow_provider_paxos.api.errors import InvalidRequest
from airflow_provider_paxos.api.validation import checked_request
from tests.chaos.noise import damaged
from tests.chaos.rounds import try_out

PROFILE = "00000000-0000-4000-8000-000000000001"
CELLS = st.one_of(
    st.sampled_from(
        (
            "payment-1",
            "USD",
            "USDG",
            "100.25",
            "1e5",
            "-1",
            "0",
            PROFILE,
            "profile",
            "fiat",
            "crypto",
            "BASE",
            '"',
            ",",
            "",
        )
    ),
    st.text(max_size=12),
)
SOUND = ("payment-1", "USD", "USDG", "100.25", PROFILE, "fiat", PROFILE.replace("1", "2"), "", "memo, with a comma")


@st.composite
def lines(draw: st.DrawFn) -> str:
    cells = list(SOUND)
    cells[0] = draw(st.sampled_from(("payment-1", "payment-2", "PAYMENT-1", "payment-3")))
    for _ in range(draw(st.integers(0, 2))):
        cells[draw(st.integers(0, len(cells) - 1))] = draw(CELLS)
    return ",".join(f'"{cell}"' if "," in cell else cell for cell in cells)


FILES = st.builds(
    lambda header, body, end: end.join([header, *body]).encode(errors="surrogatepass"),
    header=st.sampled_from((",".join(COLUMNS), ",".join(COLUMNS), ";".join(COLUMNS), ",".join(COLUMNS[1:]))),
    body=st.lists(lines(), max_size=4),
    end=st.sampled_from(("\n", "\r\n", "\r")),
)


def require_explained(refused: SettlementFileError) -> None:
    assert refused.errors
    assert "nothing is submitted" in str(refused)


def test_every_file_gives_payments_or_the_declared_error() -> None:
    def holds(content: bytes) -> None:
        try:
            payments = parse_settlement_file(content)
        except SettlementFileError as refused:
            require_explained(refused)
            return
        assert len({payment.name.casefold() for payment in payments}) == len(payments) > 0
        for payment in payments:
            # Its own error: some values are left to the provider, and to Paxos, to refuse.
            with contextlib.suppress(InvalidRequest):
                checked_request(payment.request("2026-11-21"))

    try_out("settlement files", holds, content=st.one_of(FILES, damaged(FILES), st.binary(max_size=300)))
