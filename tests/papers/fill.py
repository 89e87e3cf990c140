"""Fills the fields of a form as a viewer does (PyMuPDF): fill.py FORM VALUES.json FILLED; prints the names of all fields."""
import json, sys
import pymupdf
source, values, target = sys.argv[1:4]
values = json.load(open(values, encoding="utf-8"))
document = pymupdf.open(source)
seen = set()
for page in document:
    for widget in page.widgets():
        value = values.get(widget.field_name)
        seen.add(widget.field_name)
        if value is None:
            continue
        if widget.field_type == pymupdf.PDF_WIDGET_TYPE_RADIOBUTTON:
            if widget.on_state() != value:
                continue
            widget.field_value = True
        else:
            widget.field_value = value
        widget.update()
document.save(target)
print(json.dumps(sorted(seen)))
