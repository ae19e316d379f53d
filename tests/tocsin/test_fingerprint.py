import subprocess
import sys

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from tests.memories import edited, prose
from tocsin import fingerprint as prints
from tocsin.fingerprint import (
    BANDS,
    PERMUTATIONS,
    SKETCH,
    bands,
    exact,
    fingerprint,
    likeness,
    shingles,
    signature,
    similarity,
    sketch,
)

PINNED_BANDS = (6599110664996238649, -6879963916917560954)
PINNED_SKETCH = "6a83ca4ec04a4d5f"


def like(first: str, second: str) -> float:
    """How much two items are copies, by sketch, given that a band finds them."""
    one, two = fingerprint("", first), fingerprint("", second)
    return likeness(one.sketch, two.sketch) if set(one.bands) & set(two.bands) else 0.0


def overlapping(size: int, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two random sets of hashes of one size with (nearly) this similarity."""
    draw = np.random.default_rng(seed)
    shared = round(2 * size * share / (1 + share))
    pool = np.unique(draw.integers(0, 2**32, 3 * size, dtype=np.uint32))
    draw.shuffle(pool)
    return np.sort(pool[:size]), np.sort(pool[size - shared : 2 * size - shared])


def test_a_fingerprint_is_the_same_on_every_machine_and_in_every_process() -> None:
    """Fixed figures: a change of them is a change of VERSION, and links of old articles with it."""
    found = fingerprint("Niger junta expels French envoy", "Сообщает агентство. 俄罗斯外交部长")
    assert prints.VERSION == 1
    assert found.bands[:2] == PINNED_BANDS
    assert found.sketch[:8].hex() == PINNED_SKETCH


def test_a_fingerprint_does_not_depend_on_the_salt_of_hashes() -> None:
    code = (
        "from tocsin.fingerprint import fingerprint; print(fingerprint('a b c', 'd e f g').bands)"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_case_punctuation_quotes_and_spacing_make_no_difference() -> None:
    one = shingles("", "He said: “We’ll leave Niger!” — and left…  Then\nhe came back.")
    two = shingles("", "he said we'll leave niger and left then he came back")
    assert exact(one, two) == 1


def test_composed_and_decomposed_letters_are_one() -> None:
    assert (
        exact(shingles("", "la Cédéao menace"), shingles("", "la Ce\u0301de\u0301ao menace")) == 1
    )


def test_headlines_that_differ_in_a_word_are_no_copies() -> None:
    assert not like("Niger junta expels French envoy", "Niger junta expels German envoy")
    assert like("Niger junta expels French envoy", "Niger junta expels French envoy") == 1


def test_a_description_that_says_the_same_everywhere_glues_nothing() -> None:
    one = fingerprint("Show: a parser for old letters", "Comments")
    two = fingerprint("Rust in the kernel, a year later", "Comments")
    assert not likeness(one.sketch, two.sketch)


def test_a_tail_that_a_channel_writes_under_everything_glues_nothing() -> None:
    tail = prose(11, 120)
    one = fingerprint("How denim is made", f"{prose(12, 20)} {tail}")
    two = fingerprint("A visit to the tailor", f"{prose(13, 20)} {tail}")
    assert not likeness(one.sketch, two.sketch)


def test_a_copy_under_another_headline_is_found() -> None:
    text = prose(5, 300)
    one, two = (
        fingerprint("Junta expels envoy", text),
        fingerprint("Envoy must leave, says army", text),
    )
    assert set(one.bands) & set(two.bands)
    assert likeness(one.sketch, two.sketch) > 0.9


def test_a_wire_text_cut_to_two_thirds_is_a_copy_and_a_third_is_none() -> None:
    text = prose(6, 600)
    words = text.split()
    assert like(text, " ".join(words[:400])) > 0.6
    assert not like(text, " ".join(words[:200]))


def test_scripts_without_spaces_are_compared_by_characters() -> None:
    wire = "尼日尔军方星期三宣布关闭边境并中止宪法,总统被卫队扣押在官邸内,首都尼亚美局势紧张。西非国家经济共同体要求立即恢复宪政秩序,否则将考虑动用武力。"
    mended = wire.replace("星期三", "周三")
    assert len(shingles("", wire)) > 40
    assert exact(shingles("", wire), shingles("", mended)) > 0.8
    assert not like(
        wire,
        "俄罗斯国防部说,部队已经从赫尔松撤出,正在河的左岸建立新的防线,平民的疏散工作仍在继续进行之中。",
    )
    broken = wire.replace("紧张。", "紧张。\n\n")
    assert exact(shingles("", wire), shingles("", broken)) == 1


def test_words_among_unspaced_script_count_too() -> None:
    assert exact(shingles("Wagner 在尼日尔的部队", ""), shingles("Azov 在尼日尔的部队", "")) < 1


def test_texts_without_a_word_are_like_themselves_alone() -> None:
    assert like("\U0001f642\U0001f642", "\U0001f642\U0001f642") == 1
    assert not like("\U0001f642", "\U0001f621")


def estimate(first: prints.Hashes, second: prints.Hashes) -> float:
    """Estimate the similarity of two texts from their signatures, as bands rely on it."""
    return float(np.count_nonzero(first == second)) / PERMUTATIONS


@pytest.mark.parametrize("size", [10, 100, 1000])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_estimates_are_as_near_to_the_truth_as_theory_has_it(size: int, share: float) -> None:
    errors, sketch_errors = [], []
    for seed in range(60):
        one, two = overlapping(size, share, seed)
        truth = exact(one, two)
        errors.append(estimate(signature(one), signature(two)) - truth)
        sketch_errors.append(similarity(sketch(one), sketch(two)) - truth)
    deviation = (share * (1 - share) / PERMUTATIONS) ** 0.5
    assert abs(np.mean(errors)) < 4 * deviation / 60**0.5 + 0.005
    assert np.std(errors) < 1.5 * deviation + 0.01
    assert np.std(sketch_errors) < 0.04
    if size < SKETCH:
        assert max(map(abs, sketch_errors)) < 0.0001


def test_datasketch_estimates_the_same_similarities() -> None:
    text = prose(8, 400)
    other = edited(text, *range(0, 400, 25))
    ours = estimate(signature(shingles("", text)), signature(shingles("", other)))
    peers = []
    for each in (text, other):
        words = each.split()
        peer = MinHash(num_perm=PERMUTATIONS)
        peer.update_batch([" ".join(words[place : place + 3]).encode() for place in range(398)])
        peers.append(peer)
    assert abs(ours - peers[0].jaccard(peers[1])) < 0.15
    assert abs(exact(shingles("", text), shingles("", other)) - 0.78) < 0.03


def test_bands_find_what_the_curve_promises() -> None:
    """At 0.6, 99 of 100 pairs share a band; at 0.2, 5 of 100."""
    shares = {}
    for share in (0.2, 0.6):
        pairs = [overlapping(300, share, seed) for seed in range(200)]
        hits = [bool(set(bands(signature(one))) & set(bands(signature(two)))) for one, two in pairs]
        shares[share] = sum(hits) / len(hits)
    assert shares[0.6] > 0.95
    assert shares[0.2] < 0.12


def test_a_book_is_fingerprinted_in_blocks_and_gives_the_least_of_all() -> None:
    many = np.sort(np.random.default_rng(1).integers(0, 2**32, 20_000, dtype=np.uint32))
    halves = np.minimum(signature(many[:9_000]), signature(many[9_000:]))
    assert np.array_equal(signature(many), halves)


@given(st.text(st.characters(), max_size=80), st.text(st.characters(), max_size=200))
def test_every_text_has_a_fingerprint_that_is_like_itself(title: str, text: str) -> None:
    found = fingerprint(title, text)
    assert len(found.bands) == BANDS
    assert all(-(2**63) <= band < 2**63 for band in found.bands)
    assert likeness(found.sketch, found.sketch) == 1.0
    kept = np.frombuffer(found.sketch, dtype="<u4")
    assert 0 < len(kept) <= SKETCH
    assert (kept[1:] > kept[:-1]).all()


@given(
    st.lists(st.sampled_from("abcdefgh"), max_size=40),
    st.lists(st.sampled_from("abcdefgh"), max_size=40),
)
def test_similarity_is_symmetric_and_exact_for_short_texts(one: list[str], two: list[str]) -> None:
    first, second = shingles("", " ".join(one)), shingles("", " ".join(two))
    assert similarity(sketch(first), sketch(second)) == similarity(sketch(second), sketch(first))
    assert similarity(sketch(first), sketch(second)) == round(exact(first, second), 4)
