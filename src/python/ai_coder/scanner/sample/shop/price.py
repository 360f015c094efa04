def of(name: str) -> int:
    from shop import cart

    return len(cart.total([name]))
