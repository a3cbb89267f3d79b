"""The log's tree: whoever holds two heads can tell whether the second only added to the first."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.wire import hash_tree as tree
from kiosk.wire.hash_tree import EMPTY_ROOT, Place, TreeHead
from tests.fakes.memory_log import MemoryLog, numbered_entries

# Leaves and roots of the reference log that RFC 6962's own implementation is tested with (certificate-transparency-go, merkletree tests).
REFERENCE = tuple(
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "60" + "".join(f"6{n:x}" for n in range(1, 16)))
)
REFERENCE_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def _root_by_definition(leaves: tuple[bytes, ...]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\1" + _root_by_definition(leaves[:split]) + _root_by_definition(leaves[split:])).digest()


def test_roots_are_those_of_the_reference_log() -> None:
    log = MemoryLog(REFERENCE)
    assert [log.head(size).root.hex() for size in range(1, 9)] == list(REFERENCE_ROOTS)
    assert log.head(0).root == EMPTY_ROOT


@settings(max_examples=40)
@given(st.lists(st.binary(max_size=8), max_size=70).map(tuple))
def test_a_log_kept_node_by_node_has_the_root_of_the_definition(leaves: tuple[bytes, ...]) -> None:
    assert MemoryLog(leaves).head().root == _root_by_definition(leaves)


BIG = MemoryLog(numbered_entries(300))


@settings(max_examples=200)
@given(st.data())
def test_every_leaf_proves_itself_and_no_other(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, 299))
    head = BIG.head(size)
    proof = tree.inclusion_proof(index, size, BIG.node)
    assert tree.verify_inclusion(BIG.nodes[Place(0, index)], index, head, proof)
    if other != index:
        assert not tree.verify_inclusion(BIG.nodes[Place(0, other)], index, head, proof)
        assert not tree.verify_inclusion(BIG.nodes[Place(0, index)], other, head, proof)
    for at in range(len(proof)):
        assert not tree.verify_inclusion(BIG.nodes[Place(0, index)], index, head, (*proof[:at], b"\7" * 32, *proof[at + 1 :]))
        assert not tree.verify_inclusion(BIG.nodes[Place(0, index)], index, head, (*proof[:at], *proof[at + 1 :]))
    assert not tree.verify_inclusion(BIG.nodes[Place(0, index)], index, head, (*proof, b"\7" * 32))


@settings(max_examples=200)
@given(st.integers(0, 300), st.integers(0, 300))
def test_a_log_that_only_grew_proves_it(one: int, two: int) -> None:
    old, new = sorted((one, two))
    proof = tree.consistency_proof(old, new, BIG.node)
    assert tree.verify_consistency(BIG.head(old), BIG.head(new), proof)
    if old != new:
        assert not tree.verify_consistency(BIG.head(new), BIG.head(old), proof)


@settings(max_examples=200)
@given(st.data())
def test_a_log_that_was_rewritten_cannot_prove_that_it_grew(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 60))
    old = data.draw(st.integers(1, new))
    rewritten = data.draw(st.integers(0, old - 1))
    leaves = list(numbered_entries(new))
    leaves[rewritten] = b"another"
    forked = MemoryLog(tuple(leaves))
    honest = TreeHead(old, _root_by_definition(numbered_entries(old)))
    proof = tree.consistency_proof(old, new, forked.node)
    assert not tree.verify_consistency(honest, forked.head(), proof)


@settings(max_examples=200)
@given(
    st.integers(-1, 2**64),
    st.integers(-1, 2**64),
    st.lists(st.binary(min_size=32, max_size=32) | st.just(EMPTY_ROOT), max_size=70),
    st.integers(-1, 2**64),
)
def test_whatever_the_numbers_a_forged_proof_is_a_plain_no(old: int, new: int, proof: list[bytes], index: int) -> None:
    one, other = TreeHead(old, b"\1" * 32), TreeHead(new, b"\2" * 32)
    assert not tree.verify_consistency(one, other, proof)
    assert not tree.verify_inclusion(b"\3" * 32, index, other, proof)


@settings(max_examples=100)
@given(st.integers(1, 2**62), st.data())
def test_a_proof_asks_for_few_nodes_however_long_the_log(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    asked = tree.wanted(lambda nodes: tree.inclusion_proof(index, size, nodes))
    assert len(asked) <= 126 and all((place.number + 1) << place.level <= size for place in asked)
    assert len(tree.consistency_proof(index, size, lambda _: EMPTY_ROOT)) <= tree.MAX_PROOF
    assert len(tree.wanted(lambda nodes: tree.append(size, EMPTY_ROOT, nodes))) <= 62


def test_a_leaf_that_is_not_there_cannot_be_proved() -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        tree.inclusion_proof(3, 3, BIG.node)
    with pytest.raises(ValueError, match="only grows"):
        tree.consistency_proof(4, 3, BIG.node)


def test_what_is_wanted_is_what_is_asked() -> None:
    places = tree.wanted(lambda nodes: tree.inclusion_proof(4, 9, nodes))
    found = {place: BIG.nodes[place] for place in places}
    proof = tree.inclusion_proof(4, 9, tree.from_mapping(found))
    assert tree.verify_inclusion(BIG.nodes[Place(0, 4)], 4, BIG.head(9), proof)
