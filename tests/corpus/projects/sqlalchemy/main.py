"""Tables by the mapper, a join and a transaction, in a database of SQLite in a file."""

import tempfile
from pathlib import Path

from sqlalchemy import ForeignKey, create_engine, func, inspect, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    books: Mapped[list["Book"]] = relationship(back_populates="author")


class Book(Base):
    __tablename__ = "book"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="books")


def main():
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder, 'books.db')}")
        Base.metadata.create_all(engine)
        with Session(engine) as session, session.begin():
            session.add(Author(name="Ada", books=[Book(title="Notes"), Book(title="Letters")]))
            session.add(Author(name="Bob"))
        with Session(engine) as session:
            count = func.count(Book.id)
            query = select(Author.name, count).outerjoin(Author.books).group_by(Author.id)
            print(session.execute(query).all())
            print([book.title for book in session.scalars(select(Book).order_by(Book.title))])
            session.add(Author(name="Ada"))
            try:
                session.commit()
            except IntegrityError as error:
                print(error.orig)
        print(sorted(inspect(engine).get_table_names()))
        with engine.connect() as connection:
            print(connection.execute(text("select upper(:word)"), {"word": "x"}).scalar_one())
        print(str(query.compile(dialect=postgresql.dialect())).split("\n")[0])
        engine.dispose()
