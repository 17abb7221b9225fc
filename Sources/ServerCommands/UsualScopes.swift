import CentralServer

/// Who sees and writes what in a call centre, to begin with.
///
/// An office has the cases that it took; an agency those that are assigned to it, of which it writes the answer, the
/// course and whom they are passed on to; the centre has all. What belongs to a case goes with it, and a conflict
/// reaches both sides. Reference data is for all to read.
enum UsualScopes {
    static let rules = ScopeRules(
        follow: ["disposition": "case_id", "note": "case_id", "status_change": "case_id", "feedback": "case_id"],
        rules: [
            ScopeRule(collection: "cases", role: "centre", write: ["*"]),
            ScopeRule(
                collection: "cases", role: "office", match: ["office": "$office"], write: ["*"],
                except: ["office", "public_text", "publish", "redacted_by"]),
            ScopeRule(
                collection: "cases", role: "agency", match: ["agency": "$agency"],
                write: [
                    "status", "status_at", "status_by", "closing_reason", "closed_at", "agency", "forwarded_at",
                    "answer",
                    "answered_at", "answered_by", "extended_at", "extension_reason", "admitted_at", "proof_at",
                ]),
            ScopeRule(collection: "disposition", parent: true, write: ["*"]),
            ScopeRule(collection: "note", parent: true, write: ["*"]),
            ScopeRule(collection: "status_change", parent: true, write: ["*"]),
            ScopeRule(collection: "feedback", parent: true, write: ["*"]),
            ScopeRule(collection: "conflict", parent: true, write: ["*"]),
            ScopeRule(collection: "conflict", match: ["losing_office": "$office"], write: ["*"]),
            ScopeRule(collection: "conflict", match: ["winning_office": "$office"], write: ["*"]),
        ])
}
