"""The cases of Protocol/vectors/merge.json: changes as they reach a server, the record they leave, the entries they make."""
import itertools

from reference import Change, Record, Schema, conflicts
from vector_form import change_json, entry_json, value_json, version_json

P, Q, R = 7, 9, 12  # three offices
C = 1000  # when the record was made, by P
MADE = ((C, P), [])  # the base of who has seen that and nothing else
GROUPED = Schema(groups=[[3, 4, 5]], bookkeeping=[9])


def made(fields=None, replica=P, time=C):
    return Change(replica, time, [], {1: "Budi", 2: 1} if fields is None else fields, "Sari")


def edit(replica, time, fields, *base, operator=""):
    return Change(replica, time, list(base) or [MADE], fields, operator or f"op{replica}")


def seen(version, *fields):
    return (version, list(fields))


def both_orders(name, first, second, schema=GROUPED, start=None):
    start = start or [made()]
    yield name, schema, [*start, first, second]
    yield f"{name}, the other way round", schema, [*start, second, first]


def cases():
    yield "a record is made", GROUPED, [made()]
    yield "a record is made with nulls and a false field 0, which say nothing", GROUPED, [made({0: False, 1: None, 2: 1})]
    yield "a record is made deleted", GROUPED, [made({0: True, 1: "Budi"})]
    yield from both_orders("two offices edit different fields: both stand, soft",
                           edit(P, 1010, {1: "Budi S."}), edit(Q, 1020, {2: 2}))
    yield from both_orders("two offices edit one field: the later wins, hard",
                           edit(P, 1010, {1: "P"}), edit(Q, 1020, {1: "Q"}))
    yield from both_orders("at one time the greater replica wins", edit(P, 1010, {1: "P"}), edit(Q, 1010, {1: "Q"}))
    yield from both_orders("the same value is no conflict", edit(P, 1010, {1: "X"}), edit(Q, 1020, {1: "X"}))
    yield from both_orders("null against a value", edit(P, 1010, {1: "P"}), edit(Q, 1020, {1: None}))
    yield from both_orders("a double is not the integer of the same size", edit(P, 1010, {2: 2}), edit(Q, 1020, {2: 2.0}))
    yield from both_orders("one field of two is contested", edit(P, 1010, {1: "P", 2: 2}), edit(Q, 1020, {1: "Q"}))
    yield from both_orders("two fields are contested: two entries", edit(P, 1010, {1: "P", 2: 2}), edit(Q, 1020, {1: "Q", 2: 3}))

    chain = [edit(P, 1010 + step, {1: f"P{step}"}) for step in range(3)]
    yield "an offline chain does not conflict with itself", GROUPED, [made(), *chain]
    yield "an offline chain after another office's edit: each lost value has its entry", GROUPED, [
        made(), edit(Q, 1050, {1: "Q"}), *chain]
    yield "an offline chain before another office's edit: its last value has an entry", GROUPED, [
        made(), *chain, edit(Q, 1050, {1: "Q"})]
    yield "a conflict does not hide inside a chain", GROUPED, [
        made(), chain[0], edit(Q, 1011, {1: "Q"}, operator="Made"), edit(P, 1020, {1: "P last"})]
    yield "an edit that has seen the other is no conflict", GROUPED, [
        made(), edit(P, 1010, {1: "P"}), edit(Q, 1020, {1: "Q"}, MADE, seen((1010, P), 1)),
        edit(R, 1030, {1: "R"}, MADE, seen((1020, Q), 1))]
    yield "an edit that has seen the other in another field only: hard", GROUPED, [
        made(), edit(P, 1010, {1: "P", 2: 2}), edit(Q, 1020, {1: "Q"}, MADE, seen((1010, P), 2))]
    yield "a push is applied a second time: the same entry", GROUPED, [
        made(), edit(Q, 1050, {1: "Q"}), chain[0], chain[0]]
    yield "three offices", GROUPED, [made(), edit(P, 1010, {1: "P"}), edit(R, 1030, {1: "R"}), edit(Q, 1020, {1: "Q"})]
    yield "an edit of a record that was not acknowledged, and another office was faster", GROUPED, [
        made(), edit(Q, 1020, {1: "Q"}), edit(P, 1010, {1: "P"}, seen((0, 0)))]
    yield "an edit of a record that was not acknowledged", GROUPED, [made(), edit(P, 1010, {1: "P"}, seen((0, 0)))]
    yield "a losing value is restored by a new change that has seen the winner", GROUPED, [
        made(), edit(P, 1010, {1: "P"}), edit(Q, 1020, {1: "Q"}), edit(P, 1030, {1: "P"}, MADE, seen((1020, Q), 1))]
    yield "a field that nobody wrote before", GROUPED, [made(), edit(Q, 1010, {7: "new"})]

    closed, other = {3: "closed", 4: 5, 5: "Sari"}, {3: "closed", 4: 6, 5: None}
    yield from both_orders("a group wins as one, though one value is the same", edit(P, 1010, closed), edit(Q, 1020, other))
    yield from both_orders("a group of which an older schema wrote a part, against a delete",
                           edit(P, 1010, {4: 7}), edit(Q, 1020, {0: True}))
    yield "a group of which an older schema wrote a part: soft", GROUPED, [
        made(), edit(P, 1010, {4: 7, 8: "P"}), edit(Q, 1020, {1: "Q"})]
    yield from both_orders("equal groups", edit(P, 1010, closed), edit(Q, 1020, closed))
    yield from both_orders("a group and a field outside it: soft", edit(P, 1010, closed), edit(Q, 1020, {1: "Q"}))
    yield from both_orders("a server that knows no schema takes each field by itself",
                           edit(P, 1010, closed), edit(Q, 1020, other), schema=Schema())

    yield from both_orders("delete against an edit", edit(P, 1010, {1: "P"}), edit(Q, 1020, {0: True}))
    yield from both_orders("an edit against an earlier delete", edit(P, 1030, {1: "P"}), edit(Q, 1020, {0: True}))
    yield from both_orders("delete against an edit of a field and a group", edit(P, 1010, {1: "P", **closed}),
                           edit(Q, 1020, {0: True}))
    yield from both_orders("delete against bookkeeping", edit(P, 1010, {9: "P"}), edit(Q, 1020, {0: True}))
    yield from both_orders("two deletes", edit(P, 1010, {0: True}), edit(Q, 1020, {0: True}))
    yield "a delete that has seen the edit", GROUPED, [
        made(), edit(P, 1010, {1: "P"}), edit(Q, 1020, {0: True}, MADE, seen((1010, P), 1))]
    yield "an edit that has seen the delete", GROUPED, [
        made(), edit(Q, 1020, {0: True}), edit(P, 1030, {1: "P"}, MADE, seen((1020, Q), 0))]
    yield "an office deletes what it edited", GROUPED, [made(), edit(Q, 1010, {1: "Q"}), edit(Q, 1020, {0: True})]
    yield "an edit under a tombstone comes back by the undelete", GROUPED, [
        made(), edit(Q, 1020, {0: True}), edit(P, 1010, {1: "P"}), edit(Q, 1030, {0: False}, MADE, seen((1020, Q), 0))]
    yield "an edit loses to an edit and to a delete: one entry, hard", GROUPED, [
        made(), edit(Q, 1020, {1: "Q"}), edit(Q, 1030, {0: True}), edit(P, 1010, {1: "P"})]
    yield "an edit wins over an edit, and loses to a delete: two entries", GROUPED, [
        made(), edit(Q, 1020, {1: "Q"}), edit(Q, 1040, {0: True}), edit(P, 1030, {1: "P"})]
    deleted = [made(), edit(R, 1005, {0: True})]
    undelete = edit(Q, 1020, {0: False}, MADE, seen((1005, R), 0))
    yield from both_orders("an undelete against a delete", undelete, edit(P, 1030, {0: True}), start=deleted)
    yield "a delete that loses to an undelete takes no edit away", GROUPED, [
        made(), edit(R, 1005, {0: True}), undelete, edit(R, 1025, {1: "R"}, MADE, seen((1020, Q), 0)),
        edit(P, 1010, {0: True})]
    yield "an undelete is news of another field: soft", GROUPED, [*deleted, undelete, edit(P, 1030, {1: "P"})]

    yield from both_orders("bookkeeping makes no conflict with itself", edit(P, 1010, {9: "P"}), edit(Q, 1020, {9: "Q"}))
    yield from both_orders("bookkeeping makes no soft conflict", edit(P, 1010, {9: "P"}), edit(Q, 1020, {1: "Q"}))
    yield "the soft conflict's other side is the latest unseen write", GROUPED, [
        made(), edit(Q, 1030, {7: "Q"}), edit(R, 1020, {8: "R"}, MADE, seen((1030, Q), 7)), edit(P, 1010, {1: "P", 2: 9})]
    log = dict(collection=1)
    yield "the conflict log makes no entries about itself", GROUPED, [
        Change(1, C, [], {20: "open"}, "", **log), Change(P, 1010, [((C, 1), [])], {20: "accepted"}, "Sari", **log),
        Change(Q, 1020, [((C, 1), [])], {20: "restored"}, "Made", **log)]

    yield from both_orders("one version twice, from a copied replica: the greater encoding wins",
                           edit(P, 1010, {1: "a", 2: None}), edit(P, 1010, {1: "b", 2: 7}))
    again = made(replica=R, time=1500)
    yield from both_orders("a second creation of the same content: the greater version becomes the creation's",
                           edit(Q, 1020, {7: "Q"}), again)
    yield "a second creation, the first one after it", GROUPED, [again, made()]
    yield "a second creation names other fields", GROUPED, [made(), made({2: 2, 7: "R"}, R, 1500)]
    yield "a second creation names other fields, the first one after it", GROUPED, [made({2: 2, 7: "R"}, R, 1500), made()]
    yield "an edit between two creations", GROUPED, [made(), edit(Q, 1020, {7: "Q", 1: None}), made({2: 1, 7: None}, R, 1500)]
    yield "an edit before a second creation, and deletes", GROUPED, [
        made({2: 1}, R, 1500), edit(Q, 1020, {0: True}), made(), edit(P, 1010, {1: "P"})]
    yield "a unit with fields of two creations is overwritten: an entry for each", GROUPED, [
        made({3: "P"}), made({4: "R"}, R, 1500), edit(Q, 2000, {3: "Q", 4: None, 5: 1})]
    yield "two creations of one version", GROUPED, [made({1: "a"}), made({2: 5})]


def orders(changes):
    """The orders in which the changes can arrive: a creation first."""
    for order in itertools.permutations(changes):
        if order[0].makes:
            yield order


def merged(changes):
    record = Record(changes[0])
    for change in changes[1:]:
        record.merge(change)
    return record


def merge_cases():
    told = []
    for name, schema, changes in cases():
        record, steps, log = Record(changes[0]), [], {}
        for index, change in enumerate(changes):
            found = [] if index == 0 else conflicts(record, change, schema)
            record.merge(change)
            for entry in found:
                log.setdefault(entry["id"], entry["kind"])
            steps.append({"replica": change.replica, "change": change_json(change), "entries": list(map(entry_json, found))})
        for order in orders(changes):
            assert merged(order).state() == record.state(), f"{name}: the order matters"
            assert merged(order).digest() == record.digest(), name
        told.append({
            "name": name, "groups": schema.groups, "bookkeeping": sorted(schema.bookkeeping), "steps": steps,
            "log": {key.hex(): kind for key, kind in log.items()},
            "result": {
                "creation": version_json(record.creation), "isDeleted": record.deleted, "digest": str(record.digest()),
                "fields": {str(field): {"value": value_json(write[1]), "version": version_json(write[0])}
                           for field, write in sorted(record.writes.items())},
            },
        })
    return told
