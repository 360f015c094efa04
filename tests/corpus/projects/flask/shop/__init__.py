"""A shop: a page from a template, a static file, a session and JSON."""

from flask import Flask, jsonify, render_template, session

app = Flask(__name__)
app.secret_key = "of a test"


@app.get("/<name>")
def page(name):
    session["visits"] = session.get("visits", 0) + 1
    return render_template("page.html", name=name, visits=session["visits"])


@app.get("/api/<int:number>")
def square(number):
    return jsonify(number=number, square=number**2)
