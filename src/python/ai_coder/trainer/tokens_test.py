"""Tests of tokenizers and tokens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ai_coder.common.errors import InputError
from ai_coder.trainer import tokens
from ai_coder.trainer.conftest import rows
from ai_coder.trainer.tokens import (
    SPECIAL,
    cut_at,
    load_tokenizer,
    special_tokens,
    tokenize,
    tokenizer_config,
    train_tokenizer,
)

TEXTS = [row["text"] for row in rows(60)]


def test_the_same_texts_give_the_same_tokenizer() -> None:
    assert len({train_tokenizer(TEXTS).to_str() for _ in range(3)}) == 1


def test_special_tokens_come_first() -> None:
    tokenizer = train_tokenizer(TEXTS)
    assert [tokenizer.id_to_token(number) for number in range(5)] == list(SPECIAL.values())
    encoding = tokenizer.encode("crash")
    assert (encoding.tokens[0], encoding.tokens[-1]) == ("[CLS]", "[SEP]")


@pytest.mark.parametrize("text", ["crash in thread", "größe \N{GRINNING FACE}\n\tx\0", " a  b "])
def test_every_text_is_known(text: str) -> None:
    tokenizer = train_tokenizer(TEXTS)
    encoding = tokenizer.encode(text)
    assert tokenizer.decode(encoding.ids) == text
    assert "[UNK]" not in encoding.tokens


def test_the_vocabulary_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "VOCABULARY", 270)
    assert train_tokenizer(TEXTS).get_vocab_size() == 270


def test_long_texts_are_cut() -> None:
    tokenizer = train_tokenizer(TEXTS)
    content = cut_at(tokenizer, 8)
    assert json.loads(content)["truncation"]["max_length"] == 8
    ids = tokenizer.encode("word " * 100).ids
    assert len(ids) == 8
    assert ids[-1] == tokenizer.token_to_id("[SEP]")


def test_batches() -> None:
    tokenizer = train_tokenizer(TEXTS)
    found = tokenize(tokenizer, iter(TEXTS * 3), 180, 0, "none")
    longest = max(range(60), key=lambda number: len(tokenizer.encode(TEXTS[number]).ids))
    batch = found.batch([longest, 61, 179])
    for row, text in enumerate((TEXTS[longest], TEXTS[1], TEXTS[59])):
        ids = tokenizer.encode(text).ids
        padding = [0] * (batch.input_ids.shape[1] - len(ids))
        assert batch.input_ids[row].tolist() == ids + padding
        assert batch.attention_mask[row].tolist() == [1] * len(ids) + padding
    assert not (batch.attention_mask[0] == 0).any()


def test_progress(capsys: pytest.CaptureFixture[str]) -> None:
    tokenize(train_tokenizer(TEXTS), TEXTS, 60, 0, "json")
    last = capsys.readouterr().err.splitlines()[-1]
    assert json.loads(last)["progress"] == {"label": "Tokenising", "done": 60, "total": 60}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "has no tokenizer.json; name a base model"),
        ("", "tokenizer.json is no tokenizer"),
        ('{"version": "1.0"}', "tokenizer.json is no tokenizer"),
        (b"\xff", "tokenizer.json is no tokenizer"),
    ],
)
def test_broken_tokenizers(tmp_path: Path, content: str | bytes | None, message: str) -> None:
    if content is not None:
        raw = content.encode() if isinstance(content, str) else content
        (tmp_path / "tokenizer.json").write_bytes(raw)
    with pytest.raises(InputError, match=message):
        load_tokenizer(tmp_path)


def test_a_tokenizer_that_does_not_mark_ends(tmp_path: Path) -> None:
    content = json.loads(train_tokenizer(TEXTS).to_str())
    content["post_processor"] = None
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match="begins and ends"):
        load_tokenizer(tmp_path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, {}),
        ("[]", {}),
        ("{", {}),
        ('{"cls_token": "<s>", "sep_token": null}', {"cls_token": "<s>"}),
        ('{"cls_token": {"content": "<s>"}, "auto_map": {}}', {"cls_token": "<s>"}),
    ],
)
def test_special_tokens_of_a_base(
    tmp_path: Path, content: str | None, expected: dict[str, str]
) -> None:
    if content is not None:
        (tmp_path / "tokenizer_config.json").write_text(content)
    found = special_tokens(tmp_path, train_tokenizer(TEXTS), 1)
    assert found == {**expected, "pad_token": "[UNK]"}


def test_what_transformers_makes_of_it(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = train_tokenizer(TEXTS)
    (tmp_path / "tokenizer.json").write_text(cut_at(tokenizer, 16))
    (tmp_path / "tokenizer_config.json").write_text(tokenizer_config(SPECIAL, 16))
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    for text in ("crash  in thread", "word " * 50):
        assert loaded(text, truncation=True) == {
            "input_ids": tokenizer.encode(text).ids,
            "attention_mask": tokenizer.encode(text).attention_mask,
        }
    assert (loaded.model_max_length, loaded.pad_token_id) == (16, 0)
