using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>A managed object's stored value: version, name, type, owner, times, fragments as received.</summary>
internal static class ManagedObjectRecord
{
    private const byte Version = 1;

    public static byte[] Write(ManagedObject document)
    {
        var writer = new RecordWriter(1024);
        try
        {
            writer.Byte(Version);
            writer.OptionalText(document.Name);
            writer.OptionalText(document.Type);
            writer.Text(document.Owner);
            writer.Instant(document.CreationTime);
            writer.Instant(document.LastUpdated);
            FragmentsRecord.Write(ref writer, document.Fragments);
            return writer.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    public static ManagedObject Read(ObjectId id, ReadOnlySpan<byte> value)
    {
        var reader = new RecordReader(value);
        if (reader.Byte() != Version) throw RecordReader.Damaged();
        var (name, type, owner) = (reader.OptionalText(), reader.OptionalText(), reader.Text());
        var (created, updated) = (reader.Instant(), reader.Instant());
        return new ManagedObject(id, name, type, owner, created, updated, FragmentsRecord.Read(ref reader));
    }

    /// <summary>The document of an object in its stored row, which is read where it lies; null where there is none.</summary>
    public static ManagedObject? Read(RocksSession session, TenantId tenant, ObjectId id, ReadOptions? options = null) =>
        session.Read(Family.Objects, KeySpace.Object(tenant, id), new InPlace(id), options);

    private sealed class InPlace(ObjectId id) : ISpanDeserializer<ManagedObject?>
    {
        public ManagedObject? Deserialize(ReadOnlySpan<byte> buffer) => Read(id, buffer);
    }
}

/// <summary>Fragments within a record: their count, then name and JSON of each.</summary>
internal static class FragmentsRecord
{
    public static void Write(ref RecordWriter writer, Fragments fragments)
    {
        writer.Count(fragments.Count);
        foreach (var fragment in fragments.Items)
        {
            writer.Text(fragment.Name);
            writer.Bytes(fragment.Json);
        }
    }

    public static Fragments Read(ref RecordReader reader)
    {
        var count = reader.Count();
        if (count == 0) return Fragments.None;
        if (count > reader.Rest.Length) throw RecordReader.Damaged();
        var items = new Fragment[count];
        for (var i = 0; i < count; i++)
        {
            var name = reader.Text();
            items[i] = new Fragment(name, reader.Bytes().ToArray());
        }
        return new Fragments(items);
    }
}
