import Foundation
import SyncProtocol
import Testing

@testable import CallCenter

/// `tools/demo-data`, which `tools/make-workload` wrote.
@Suite("The demo's data")
struct DemoDataTests {
    private struct Line {
        let id: RecordID
        let office: Int
        let fields: [String: Any]
    }

    private func lines(_ name: String) throws -> [Line] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "tools/demo-data/\(name)")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            return Line(
                id: try #require((object["id"] as? String).flatMap { RecordID($0) }),
                office: try #require(object["office"] as? Int),
                fields: try #require(object["fields"] as? [String: Any]))
        }
    }

    @Test func itGivesThePublishedSharesOf2021() throws {
        let rows = try lines("creates.ndjson").map { line in
            YearReport.Row(
                category: line.fields["category"] as? String, agency: line.fields["agency"] as? String,
                region: line.fields["region"] as? String, channel: line.fields["channel"] as? String,
                status: line.fields["status"] as? String,
                clock: CaseClock(
                    caseClass: try #require((line.fields["class"] as? String).flatMap(CaseClass.init)),
                    receivedAt: try #require(line.fields["received_at"] as? Int64)))
        }
        let report = YearReport(year: 2021, rows: rows, deadlines: .shipped, now: monday)
        #expect(report.total == 212)
        #expect(report.groups.map(\.count) == [98, 66, 48])
        #expect(report.groups.map(\.percent) == [46, 31, 23])
        #expect(report.regions.count == 15)
        let agencies = Set(Seed.agencies.map(\.code))
        #expect(report.agencies.allSatisfy { line in line.key.map { agencies.contains($0) } ?? false })
    }

    @Test func itFitsTheSchema() throws {
        let cases = CallCenterSchema.cases
        for line in try lines("creates.ndjson") + lines("edits.ndjson") {
            for (name, value) in line.fields {
                let field = try #require(cases[name])
                if let text = value as? String, !field.allowed.isEmpty { #expect(field.allowed.contains(text)) }
                let group = cases.unit(of: field.number).compactMap { cases[$0]?.name }
                let isEdit = line.fields["ticket"] == nil
                if isEdit {
                    #expect(group.allSatisfy { line.fields[$0] != nil }, "\(name) is written without its group")
                }
            }
        }
    }

    @Test func itsTicketsArePlacedAndUnique() throws {
        let creates = try lines("creates.ndjson")
        for line in creates {
            let ticket = try #require((line.fields["ticket"] as? String).flatMap { TicketNumber($0) })
            #expect(ticket.prefix == Seed.offices[line.office].code)
            #expect(ticket.year == 2021)
            let phone = try #require(line.fields["reporter_phone"] as? String)
            #expect(try PhoneNumber(phone).e164 == phone)
        }
        #expect(Set(creates.compactMap { $0.fields["ticket"] as? String }).count == creates.count)
        #expect(Set(creates.map(\.office)) == Set(0..<16))
    }

    @Test func twoOfficesEditTheSameCases() throws {
        let ids = Set(try lines("creates.ndjson").map(\.id))
        let edits = try lines("edits.ndjson")
        #expect(edits.allSatisfy { ids.contains($0.id) })
        let pairs = Dictionary(grouping: edits, by: \.id).values.filter { Set($0.map(\.office)).count == 2 }
        let sameField = pairs.filter { $0.allSatisfy { $0.fields["status"] != nil } }
        #expect(pairs.count == 2)
        #expect(sameField.count == 1)
    }
}
