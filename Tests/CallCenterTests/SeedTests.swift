import SyncProtocol
import Testing

@testable import CallCenter

@Suite("The seed")
struct SeedTests {
    @Test func everyRecordFitsTheSchema() throws {
        let schema = try CallCenterSchema.schema
        for record in Seed.records {
            let collection = try #require(schema[record.collection])
            #expect(collection.isReference)
            for field in collection.fields where field.isRequired { #expect(record.values[field.number] != nil) }
            for (number, value) in record.values {
                let field = try #require(collection[number])
                #expect(value.type == field.type)
                if case .text(let text) = value, !field.allowed.isEmpty { #expect(field.allowed.contains(text)) }
            }
        }
    }

    @Test func everyServerGivesTheSameIds() {
        // sha256sum of "callcenter/region/18.04" and "callcenter/category/health", cut after 32 digits.
        #expect(Seed.id(collection: "region", key: "18.04").description == "2b9a5292-823a-456b-26cd-bd7a67c5ad41")
        #expect(Seed.id(collection: "category", key: "health").description == "c97cc291-dac7-b27b-746c-199cac630c39")
        #expect(Set(Seed.records.map(\.id)).count == Seed.records.count)
    }

    @Test func itHoldsTheProvince() {
        func count(_ collection: CollectionNumber) -> Int { Seed.records.count { $0.collection == collection } }
        #expect(count(CallCenterSchema.Collections.region) == 15)
        #expect(count(CallCenterSchema.Collections.category) == 8)
        #expect(count(CallCenterSchema.Collections.agency) == 40)
        #expect(count(CallCenterSchema.Collections.office) == 16)
        #expect(count(CallCenterSchema.Collections.holiday) == Holiday.shipped.count)
        #expect(Seed.regions.reduce(0) { $0 + $1.population } == 9_144_263)
    }

    @Test func theTwoCodesOfARegionAreNotMixedUp() throws {
        let liwa = try #require(Seed.regions.first { $0.bsniCode == "LIW" })
        #expect(liwa.code == "18.04")
        #expect(liwa.bpsCode == "1801")
        #expect(Set(Seed.regions.map(\.bpsCode)).count == 15)
    }

    @Test func codesAreUnique() {
        #expect(Set(Seed.agencies.map(\.code)).count == Seed.agencies.count)
        #expect(Set(Seed.agencies.map(\.name)).count == Seed.agencies.count)
        #expect(Set(Seed.offices.map(\.code)).count == Seed.offices.count)
        for office in Seed.offices { #expect(Seed.regions.contains { $0.code == office.region }) }
    }
}
