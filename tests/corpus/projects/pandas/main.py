"""Writes and reads Parquet through pyarrow, CSV and JSON; groups, joins and resamples."""

from io import BytesIO, StringIO

import pandas as pd


def main():
    times = pd.date_range("2024-02-28", periods=6, freq="12h", tz="Europe/Berlin")
    table = pd.DataFrame(
        {"time": times, "kind": pd.Categorical(list("abcabc")), "value": [1.5, 2, 3, 4, 5, 6]}
    )
    file = BytesIO()
    table.to_parquet(file, compression="zstd")
    file.seek(0)
    read = pd.read_parquet(file)
    pd.testing.assert_frame_equal(read, table, check_freq=False)
    print(read.dtypes.astype(str).to_dict()["time"])
    print(read.groupby("kind", observed=True)["value"].sum().to_dict())
    daily = read.set_index("time")["value"].resample("D").mean()
    print(daily.index.strftime("%d.%m. %z").tolist(), daily.tolist())
    print(pd.read_csv(StringIO("a,b\n1,x\n2,\n"))["b"].isna().tolist())
    print(read.pivot_table(index="kind", values="value", observed=True).round(2).to_csv())
    print(pd.read_json(StringIO(read[["value"]].to_json())).sum().to_dict())
    print(table.query("value > 4")["value"].rolling(2).mean().tolist()[-1])
