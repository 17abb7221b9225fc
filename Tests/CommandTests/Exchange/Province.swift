import CallCenter
import CentralServer
import CommandFrame
import Foundation
import OfflineClient
import SyncProtocol
import Synchronization

@testable import OperatorCommands

/// A centre with reference data and enrolled devices of its offices, on real files, with a clock set by hand; commands
/// run in it as they do in the program, without a network.
final class Province: Sendable {
    let folder: URL
    let server: CentralServer
    private let clock = Atomic<Int64>(1_640_995_200_000)  // 2022-01-01 07.00 WIB
    private let storage: SQLiteStorage

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "sambung-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let schema = try CallCenterSchema.schema
        storage = try SQLiteStorage(path: folder.appending(path: "server.db").path, schema: schema, epoch: 7)
        let now = Self.reading(of: ObjectIdentifier(Province.self), default: 1_640_995_200_000)
        server = CentralServer(
            storage: storage, schema: schema,
            environment: .init(wallMilliseconds: now, random: { UInt64.random(in: .min ... .max) }))
        for office in Seed.offices { try server.save(OfficeEntry(code: office.code, name: office.name)) }
        try server.put(
            Seed.records.compactMap { record in
                guard let collection = schema[record.collection] else { return nil }
                let fields = record.values.compactMap { number, value in collection[number].map { ($0.name, value) } }
                return (collection.name, record.id, Dictionary(uniqueKeysWithValues: fields))
            }, operator: "seed")
    }

    deinit {
        try? storage.close()
        try? FileManager.default.removeItem(at: folder)
    }

    private static func reading(of _: ObjectIdentifier, default moment: Int64) -> @Sendable () -> Int64 { { moment } }
}
