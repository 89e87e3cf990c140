#!/usr/bin/env python3
"""Reads every PDF of some folders with `siegelpost read`, each by itself, and says what came of it and what it cost.

    scripts/corpus.py [--program PATH] [--jobs N] [--list FILE] FOLDER...
    scripts/corpus.py --again FILE FOLDER...       (the table of a list that was written before)

Made for the test files of other PDF programs, which are broken and odd on purpose: those of pdf.js (github.com/mozilla/pdf.js,
test/pdfs) and of qpdf (github.com/qpdf/qpdf, qpdf/qtest). They are others' files and are not kept here; clone them anywhere.

Memory is the most that program and drawing child held (VmHWM of each, looked at every two milliseconds while they run), added up as
if both peaks were at once, with the program's own code counted in each. Linux only. Ends with 1 when a file made the program
panic, end with another code than 0, 1 or 3, hold more than the limits, or take longer than they allow.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

# What a hostile file may take: the drawing child's limit of address space and the most that one picture may unfold to.
MOST_PARENT_MB = 700
MOST_CHILD_MB = 1024
# Three drawings that fail, each with five seconds of processor, and sixty pages of a second.
MOST_CPU = 75
ORDINARY_MB = 120


def mark(pid):
    """The most memory a process ever held, in bytes; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def children(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as listed:
                found += listed.read().split()
    except OSError:
        pass
    return [pid for pid in found if draws(pid)]


def draws(pid):
    """Whether a child is itself already; until it is, its memory is its parent's."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as line:
            return b"draw-page" in line.read()
    except OSError:
        return False


def read(program, path):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.monotonic()
        run = subprocess.Popen([program, "read", "--json", "--jobs", "1", path], stdout=out, stderr=err)
        own, child = 0, 0
        while True:
            pid, status, used = os.wait4(run.pid, os.WNOHANG)
            if pid:
                break
            own = max(own, mark(run.pid))
            child = max([child] + [mark(c) for c in children(run.pid)])
            time.sleep(0.002)
        run.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - began
        # The greater of both, exact: whichever it was, it was at least that.
        exact = used.ru_maxrss * 1024
        if exact > max(own, child):
            if child > own:
                child = exact
            else:
                own = exact
        out.seek(0)
        err.seek(0)
        problems, pages, ids = [], 0, 0
        for line in out.read().splitlines():
            said = json.loads(line)
            problems += [p["code"] for p in said["problems"]]
            pages = max(pages, len(said["pages"]))
            ids += said["request"] is not None
        said = err.read().decode(errors="replace")
        return {
            "file": path,
            "bytes": os.path.getsize(path),
            "code": run.returncode,
            "pages": pages,
            "requests": ids,
            "problems": problems,
            "panicked": "panicked" in said,
            "said": said[-300:],
            "wall": wall,
            "cpu": used.ru_utime + used.ru_stime,
            "own": own / 1e6,
            "child": child / 1e6,
        }


def quantiles(values):
    ordered = sorted(values) or [0]
    pick = lambda share: ordered[min(len(ordered) - 1, int(share * len(ordered)))]
    return pick(0.5), pick(0.99), ordered[-1]


def known(path):
    with open(path, encoding="utf-8") as listed:
        return [json.loads(line) for line in listed]


def run(asked):
    paths = sorted(str(p) for folder in asked.folders for p in pathlib.Path(folder).rglob("*.pdf") if p.is_file())
    if not paths:
        sys.exit("there are no PDFs in these folders")
    results = []
    listed = open(asked.list, "w", encoding="utf-8") if asked.list else None
    with concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
        for n, result in enumerate(pool.map(lambda p: read(asked.program, p), paths), 1):
            results.append(result)
            if listed:
                print(json.dumps(result), file=listed, flush=True)
            if sys.stderr.isatty():
                print(f"\r{n} of {len(paths)}", end="", file=sys.stderr)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="target/release/siegelpost")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--list", help="write one JSON line a file here, each when it is known")
    parser.add_argument("--again", help="read nothing, and make the table of such a list")
    parser.add_argument("folders", nargs="+")
    asked = parser.parse_args()
    results = known(asked.again) if asked.again else run(asked)
    print("| folder | files | pages | read | needs eyes | unreadable | else | panics | requests |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for folder in asked.folders:
        of = [r for r in results if pathlib.Path(folder) in pathlib.Path(r["file"]).parents]
        codes = collections.Counter(r["code"] for r in of)
        other = sum(n for code, n in codes.items() if code not in (0, 1, 3))
        print(
            f"| {pathlib.Path(folder).name} | {len(of)} | {sum(r['pages'] for r in of)} | {codes[0]} | {codes[1]} | {codes[3]} "
            f"| {other} | {sum(r['panicked'] for r in of)} | {sum(r['requests'] for r in of)} |"
        )
    print("\n| a file | half of them | 99 of 100 | most |\n| --- | ---: | ---: | ---: |")
    for name, key, unit in (
        ("wall", "wall", "s"), ("CPU", "cpu", "s"), ("memory of the program", "own", "MB"),
        ("memory of the drawing child", "child", "MB"),
    ):
        print(f"| {name} | " + " | ".join(f"{v:.2f} {unit}" if unit == "s" else f"{v:.0f} {unit}"
                                            for v in quantiles([r[key] for r in results])) + " |")
    both = [r["own"] + r["child"] for r in results]
    print("| both together | " + " | ".join(f"{v:.0f} MB" for v in quantiles(both)) + " |")
    over = sum(b > ORDINARY_MB for b in both)
    print(f"\n{over} of {len(results)} files took more than {ORDINARY_MB} MB together.")
    print("Problems: " + ", ".join(
        f"{code} {n}" for code, n in collections.Counter(p for r in results for p in set(r["problems"])).most_common()))
    bad = [
        r for r in results
        if r["panicked"] or r["code"] not in (0, 1, 3) or r["own"] > MOST_PARENT_MB or r["child"] > MOST_CHILD_MB
        or r["cpu"] > MOST_CPU
    ]
    for title, key in (("most CPU", lambda r: r["cpu"]), ("most memory", lambda r: r["own"] + r["child"])):
        print(f"\n{title}:")
        for r in sorted(results, key=key, reverse=True)[:12]:
            print(f"  {pathlib.Path(r['file']).name}: {r['cpu']:.1f} s, {r['own']:.0f} + {r['child']:.0f} MB, "
                  f"{r['pages']} pages, {', '.join(sorted(set(r['problems'])))}")
    for r in bad:
        print(f"NOT HELD: {r['file']}: code {r['code']}, {r['cpu']:.1f} s, {r['own']:.0f} + {r['child']:.0f} MB, {r['said']}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
