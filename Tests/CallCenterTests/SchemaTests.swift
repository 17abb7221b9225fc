import SyncProtocol
import Testing

@testable import CallCenter

@Suite("The schema")
struct SchemaTests {
    @Test func keepsItsOwnRules() throws {
        let schema = try CallCenterSchema.schema
        #expect(schema.name == "callcenter")
        #expect(schema.version == 1)
        #expect(schema.collections.map(\.number).sorted() == Array(1...12))
    }

    @Test func leavesNumberOneToTheConflictLog() throws {
        let schema = try CallCenterSchema.schema
        #expect(schema[ConflictLog.number] === ConflictLog.collection)
    }

    @Test func onlyReferenceDataBelongsToTheCentre() throws {
        let owned = try CallCenterSchema.schema.collections.filter(\.isReference).map(\.name)
        #expect(owned == ["region", "agency", "category", "office", "holiday", "deadline_rule"])
    }

    /// A published number may never mean anything else: a change here is a change of the protocol.
    @Test func numbersOfCasesAreFixed() {
        let fields = CallCenterSchema.cases.fields.sorted { $0.number < $1.number }
        #expect(fields.map(\.number) == Array(1...49))
        #expect(
            fields.map(\.name) == [
                "ticket", "status", "status_at", "status_by", "closing_reason", "closed_at", "class", "channel",
                "received_at", "entered_at", "office", "operator", "title", "narrative", "category", "sub_category",
                "region", "urgency", "agency", "forwarded_at", "answer", "answered_at", "reporter_name", "place",
                "event_date", "reported_party", "language", "answered_by", "verified_at", "verified_by", "complete_at",
                "extended_at", "extension_reason", "admitted_at", "proof_at", "external_id", "duplicate_of",
                "reporter_phone", "reporter_phone_typed", "reporter_address", "reporter_nik", "reporter_profession",
                "on_behalf_of", "anonymous", "confidential", "consent", "public_text", "publish", "redacted_by",
            ])
    }

    @Test func whatBelongsTogetherWinsTogether() {
        let cases = CallCenterSchema.cases
        #expect(cases.unit(of: 2) == [2, 3, 4, 5, 6])
        #expect(cases.unit(of: 19) == [19, 20])
        #expect(cases.unit(of: 21) == [21, 22, 28])
        #expect(cases.unit(of: 38) == [38, 39])
        #expect(cases.unit(of: 14) == [14])
    }

    @Test func whatTellsOfAPersonIsPersonal() {
        let personal = Set(CallCenterSchema.cases.fields.filter(\.isPersonal).map(\.name))
        let reporter = CallCenterSchema.cases.fields.filter { $0.name.hasPrefix("reporter_") }.map(\.name)
        #expect(personal.isSuperset(of: reporter))
        #expect(personal.isSuperset(of: ["title", "narrative", "answer", "on_behalf_of"]))
        #expect(!personal.contains("ticket"))
    }

    @Test func everyChildNamesItsCaseAndItsOffice() {
        for child in CallCenterSchema.childCollections {
            #expect(child["case_id"]?.reference == "cases")
            #expect(child["case_id"]?.isRequired == true)
            #expect(child["office"]?.isRequired == true)
            #expect(child.indexes.contains(["case_id"]))
        }
    }
}
