import CommandFrame
import Testing

@testable import OperatorCommands

@Suite("The report command", .ownThread)
struct ReportCommandTests {
    private func demo() async throws -> Province {
        let province = try Province()
        let file = try province.file("creates.ndjson", Province.demoData("creates.ndjson"))
        #expect(try await province.run("LPG", ["import", file]).status == .done)
        return province
    }

    /// The rows of a report in CSV, without its head.
    private func rows(_ csv: String) throws -> [[String]] {
        var reader = try CSVReader(ByteSource(Array(csv.utf8)))
        var rows: [[String]] = []
        while let row = try reader.next() { rows.append(row.cells.map { $0.text ?? "" }) }
        return Array(rows.dropFirst())
    }

    @Test func theDemoGivesThePublishedFiguresInEveryForm() async throws {
        let province = try await demo()
        let table = try await province.run("LPG", ["report", "--year", "2021"], isTerminal: true)
        #expect(table.status == .done)
        #expect(table.output.contains("Aspirasi of 2021: 212 cases"))
        let lines = table.output.split(separator: "\n").map { $0.split(separator: " ") }
        for wanted in [["health", "98", "46%"], ["social", "affairs", "66", "31%"], ["all", "others", "48", "23%"]] {
            #expect(lines.contains { $0.prefix(wanted.count).map(String.init) == wanted }, "\(wanted)")
        }
        #expect(table.output.contains("████"))

        let csv = try await province.run("LPG", ["laporan", "--year", "2021"])
        #expect(csv.output.hasPrefix("year,section,key,name,count,percent,share\r\n2021,total,,total,212,,\r\n"))
        for line in [
            "fields,health,health,98,46,46.2", "fields,social,social affairs,66,31,31.1",
            "fields,others,all others,48,23,22.7",
        ] {
            #expect(csv.output.contains("2021,\(line)\r\n"))
        }
        let json = try await province.run("LPG", ["report", "--year", "2021", "--json"], isTerminal: true)
        #expect(json.output.hasPrefix("{\"year\":2021,\"total\":212,"))
        #expect(
            json.output.contains("{\"key\":\"health\",\"name\":\"health\",\"count\":98,\"percent\":46,\"share\":46.2}"))
    }

    @Test func everySectionCountsEveryCase() async throws {
        let province = try await demo()
        let csv = try await province.run("LPG", ["report", "--year", "2021", "--format", "csv"])
        var sums: [String: Int] = [:]
        for row in try rows(csv.output) { sums[row[1], default: 0] += Int(row[4]) ?? 0 }
        let sections = ["fields", "categories", "agencies", "regions", "channels", "states", "classes", "timeliness"]
        for section in sections { #expect(sums[section] == 212, "\(section)") }
    }

    @Test func indonesianIsSpokenToIndonesians() async throws {
        let province = try await demo()
        let table = try await province.run(
            "LPG", ["laporan", "--year", "2021", "--format", "table"], language: "id_ID.UTF-8")
        #expect(table.output.contains("Aspirasi tahun 2021: 212 kasus"))
        #expect(table.output.contains("kesehatan"))
        #expect(table.output.contains("46 %"))
    }

    @Test func smallNumbersAreHiddenOnRequest() async throws {
        let province = try await demo()
        let csv = try await province.run(
            "LPG", ["report", "--year", "2021", "--suppress-below", "9", "--format", "csv"])
        let counts = try rows(csv.output).compactMap { Int($0[4]) }
        #expect(counts.contains(98))
        #expect(!counts.contains { $0 > 0 && $0 < 9 })
    }

    @Test func theYearIsThisOneUnlessGiven() async throws {
        let province = try await demo()
        let json = try await province.run("LPG", ["report", "--json"])
        #expect(json.output.hasPrefix("{\"year\":2022,\"total\":0,"))
        let wrong = try await province.run("LPG", ["report", "--year", "0"])
        #expect(wrong.status == .usage)
        let format = try await province.run("LPG", ["report", "--format", "xlsx"])
        #expect(format.status == .usage)
    }
}
