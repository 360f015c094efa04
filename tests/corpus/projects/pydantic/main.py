"""Models, validation in Rust, errors, a schema and a discriminated union."""

import json
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Union

from pydantic import BaseModel, Field, TypeAdapter, ValidationError, field_validator
from pydantic.dataclasses import dataclass


class Book(BaseModel):
    kind: Literal["book"] = "book"
    title: str = Field(min_length=2)
    published: date
    price: Decimal

    @field_validator("title")
    @classmethod
    def capitalised(cls, title):
        return title.title()


@dataclass
class Pen:
    colour: str
    kind: Literal["pen"] = "pen"


Thing = TypeAdapter(Annotated[Union[Book, Pen], Field(discriminator="kind")])


def main():
    book = Book.model_validate_json(
        '{"title": "a book", "published": "2024-02-29", "price": "1.10"}'
    )
    print(book)
    print(book.model_dump_json())
    print(Thing.validate_python({"kind": "pen", "colour": "red"}))
    try:
        Book(title="a", published="2023-02-29", price="much")
    except ValidationError as error:
        print([(each["loc"], each["type"]) for each in error.errors()])
    print(json.dumps(Book.model_json_schema()["properties"]["title"]))
