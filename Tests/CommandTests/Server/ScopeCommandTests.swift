import CallCenter
import CentralServer
import CommandFrame
import Foundation
import OfflineClient
import SyncProtocol
import Testing

@testable import ServerCommands

@Suite struct ScopeCommandTests {
    /// A centre under the usual rules, with an office and two agencies, each with a device.
    private final class Desk {
        let desk = ServerDesk()
        let data: CentralData
        private(set) var clients: [String: OfflineClient] = [:]

        init() async throws {
            #expect(await desk.run("office", "add", "LIW", "Kantor Liwa") == .done)
            for (code, agency) in [("DKS", "DINKES"), ("DSS", "DINSOS")] {
                #expect(
                    await desk.run("office", "add", code, agency, "--role", "agency", "--agency", agency) == .done)
            }
            #expect(await desk.run("scope", "set", "--usual") == .done)
            data = try desk.data()
            for office in ["LIW", "DKS", "DSS"] {
                let client = try OfflineClient(
                    path: desk.folder + "/\(office).db", schema: CallCenterSchema.schema,
                    environment: Environment(
                        wallMilliseconds: { 1_780_000_000_000 }, random: { UInt64.random(in: 0...UInt64.max) }))
                let code = try data.server.makeCode(office: office, name: office, profile: [:])
                let request = try client.enrolRequest(code: code, deviceName: office, server: "test")
                try client.enrolled(data.server.enrol(request).encoded)
                clients[office] = client
            }
        }

        @discardableResult
        func sync(_ office: String) throws -> SyncSummary {
            let client = try #require(clients[office])
            var session = SyncSession(client)
            while true {
                switch try session.next() {
                case .finish(let summary): return summary
                case .send(let message):
                    try session.received(data.server.sync(message, credential: try client.credential()).encoded)
                }
            }
        }

        func client(_ office: String) throws -> OfflineClient { try #require(clients[office]) }
    }

    @Test func underTheUsualRulesACaseGoesWhereItIsAssignedAndALateAnswerToEscrow() async throws {
        let desk = try await Desk()
        let id = try desk.client("LIW").write(operator: "Siti") { transaction in
            try transaction.insert(
                "cases",
                [
                    "ticket": .text("LIW-26-000001"), "status": .text("received"), "class": .text("complaint"),
                    "channel": .text("phone"), "received_at": .dateTime(transaction.now), "office": .text("LIW"),
                    "title": .text("Patient needs cover"), "agency": .text("DINKES"),
                ])
        }
        try desk.sync("LIW")
        try desk.sync("DKS")
        try desk.sync("DSS")
        #expect(try desk.client("DKS").read("cases", id) != nil && desk.client("DSS").read("cases", id) == nil)

        let answer: [String: Value] = ["answer": .text("bed found"), "answered_by": .text("Wati")]
        _ = try desk.client("DKS").write(operator: "Wati") { try $0.update("cases", id, answer) }
        _ = try desk.client("LIW").write(operator: "Siti") {
            try $0.update("cases", id, ["agency": .text("DINSOS")])
        }
        try desk.sync("LIW")
        let late = try desk.sync("DKS")
        #expect(late.escrowed == 1 && late.left == 1)
        #expect(await desk.desk.run("escrow", "list", "--json") == .done)
        #expect(desk.desk.output.contains("\"office\":\"DKS\"") && !desk.desk.output.contains("bed found"))

        let waiting = try #require(try desk.data.server.escrow().first)
        #expect(await desk.desk.run("escrow", "apply", "\(waiting.replica)-\(waiting.number)", "--json") == .done)
        #expect(await desk.desk.run("escrow", "dismiss", "\(waiting.replica)-\(waiting.number)") == .badData)
        #expect(await desk.desk.run("escrow", "apply", "nonsense") == .usage)
        try desk.sync("DSS")
        try desk.sync("DKS")
        #expect(try desk.client("DSS").read("cases", id)?["answer"] == .text("bed found"))
        #expect(try desk.client("DKS").refusedChanges().isEmpty)
    }

    @Test func rulesAreShownSetFromAFileAndTakenAway() async throws {
        let desk = ServerDesk()
        #expect(await desk.run("office", "add", "LIW", "Kantor Liwa") == .done)
        #expect(await desk.run("scope", "show") == .done)
        #expect(desk.errors.contains("no rules"))
        let file = desk.folder + "/rules.json"
        try #"{"follow":{},"rules":[{"collection":"cases","match":{"office":"$office"},"write":["*"]}]}"#
            .write(toFile: file, atomically: true, encoding: .utf8)
        #expect(await desk.run("scope", "set", file, "--json") == .done)
        #expect(try desk.data().server.scopeRules()?.rules.count == 1)
        try #"{"follow":{},"rules":[{"collection":"cases","match":{"nowhere":"x"}}]}"#
            .write(toFile: file, atomically: true, encoding: .utf8)
        #expect(await desk.run("scope", "set", file) == .badData)
        #expect(desk.errors.contains("nowhere"))
        #expect(await desk.run("scope", "set", desk.folder + "/missing.json") == .noInput)
        #expect(await desk.run("scope", "set") == .usage)
        #expect(await desk.run("scope", "off") == .usage)
        #expect(await desk.run("scope", "off", "--yes") == .done)
        #expect(try desk.data().server.scopeRules() == nil)
        #expect(await desk.run("office", "add", "XYZ", "X", "--agency", "NOSUCH") == .usage)
    }
}
