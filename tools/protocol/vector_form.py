"""How values, versions, changes and entries stand in the JSON of the test vectors (Protocol/vectors/README.md)."""
import struct


def value_json(data):
    """An encoded value: null, true, false, or an object of its type and content."""
    kind = data[0] >> 5
    if data[0] in (0xF4, 0xF5, 0xF6):
        return {0xF4: False, 0xF5: True, 0xF6: None}[data[0]]
    if data[0] == 0xFB:
        return {"double": repr(struct.unpack(">d", data[1:])[0])}
    if kind == 6:
        return {"dateTime": value_json(data[2:])["integer"]}
    low = data[0] & 31
    size = 0 if low < 24 else 1 << low - 24
    number, rest = (low if low < 24 else int.from_bytes(data[1:1 + size], "big")), data[1 + size:]
    return [{"integer": str(number)}, {"integer": str(-1 - number)}, {"bytes": rest.hex()},
            {"text": rest.decode(errors="replace")}][kind]


def version_json(version):
    return f"{version[0]}@{version[1]}"


def fields_json(fields):
    return {str(field): value_json(value) for field, value in sorted(fields.items())}


def change_json(change):
    return {
        "collection": change.collection, "record": change.record.hex(), "time": str(change.time),
        "operator": change.operator, "fields": fields_json(change.fields),
        "base": [{"version": version_json(version), "fields": fields} for version, fields in change.base],
    }


def entry_json(entry):
    def side(side):
        return {"version": version_json(side["version"]), "base": version_json(side["base"]),
                "operator": side["operator"], "values": fields_json(side["values"])}

    return {"kind": entry["kind"], "id": entry["id"].hex(), "field": entry["field"],
            "losing": side(entry["losing"]), "winning": side(entry["winning"])}
