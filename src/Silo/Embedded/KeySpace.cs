using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Silo.Embedded;

/// <summary>The column families. Their numbers are places in memory; their names are on disk and frozen (<see cref="KeySpace.FamilyNames"/>).</summary>
internal enum Family
{
    Meta = 0,
    Objects = 1,
    ObjectIndex = 2,
    Links = 3,
    Identity = 4,
    Measurements = 5,
    Grains = 6,
    Events = 7,
    Alarms = 8,
    Series = 9,
    Operations = 10,
    OperationIndex = 11,
    Presence = 12,
}

/// <summary>First byte of a key of the meta family. On disk: numbers only grow.</summary>
internal enum MetaRow : byte
{
    Schema = 1,
    Sequence = 2,
    NextObjectId = 3,
    /// <summary>Up to which sequence number the rows of <see cref="LinkDirection.Branch"/> were kept (<see cref="BranchRows"/>).</summary>
    Branches = 4,
}

/// <summary>What an index row finds objects by. On disk: numbers only grow.</summary>
internal enum IndexKind : byte
{
    All = 1,
    Type = 2,
    Owner = 3,
    Fragment = 4,
}

/// <summary>Which way a link row looks from its object. On disk: numbers only grow.</summary>
internal enum LinkDirection : byte
{
    Child = 1,
    Parent = 2,
    /// <summary>A child that has, or once had, children itself: what a walk down goes through.</summary>
    Branch = 3,
}

/// <summary>The two rows of an external id. On disk: numbers only grow.</summary>
internal enum IdentityRow : byte
{
    ByName = 1,
    ByObject = 2,
}

/// <summary>
/// Every key of the embedded store (docs/storage-layout.md shows the bytes). A tenant's name ends in 0x00, which no name
/// holds, so no tenant's keys begin with another's; free texts are escaped and terminated likewise.
/// </summary>
internal static partial class KeySpace
{
    /// <summary>The layout that this build writes. A store with a higher number is refused.</summary>
    public const int Schema = 1;

    public static readonly string[] FamilyNames = ["default", "objects", "object-index", "links", "identity", "measurements", "grains", "events", "alarms", "series", "operations", "operation-index", "presence"];

    /// <summary>A tenant prefix, source, time and sequence.</summary>
    public static int MeasurementKeyBytes(TenantId tenant) => tenant.Value.Length + 1 + 24;

    public static byte[] Meta(MetaRow row) => [(byte)row];

    public static byte[] NextObjectId(TenantId tenant) => Built(new Builder().Byte((byte)MetaRow.NextObjectId).Tenant(tenant));

    public static byte[] Tenant(TenantId tenant) => Built(new Builder().Tenant(tenant));

    public static byte[] Object(TenantId tenant, ObjectId id)
    {
        var key = new byte[tenant.Value.Length + 9];
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(Prefix(key, tenant)), id.Value);
        return key;
    }

    /// <summary>What all index rows of one kind and text begin with; the object's id follows.</summary>
    public static byte[] Index(TenantId tenant, IndexKind kind, string? text)
    {
        var builder = new Builder().Tenant(tenant).Byte((byte)kind);
        return Built(text is null ? builder : builder.IndexText(text));
    }

    public static byte[] Links(TenantId tenant, ObjectId of) => Built(new Builder().Tenant(tenant).Number(of.Value));

    public static byte[] Links(TenantId tenant, ObjectId of, LinkDirection direction, ChildKind kind) =>
        Built(new Builder().Tenant(tenant).Number(of.Value).Byte((byte)direction).Byte((byte)kind));

    public static byte[] Link(TenantId tenant, ObjectId of, LinkDirection direction, ChildKind kind, ObjectId other) =>
        Built(new Builder().Tenant(tenant).Number(of.Value).Byte((byte)direction).Byte((byte)kind).Number(other.Value));

    public static byte[] ExternalId(TenantId tenant, ExternalId id) =>
        Built(new Builder().Tenant(tenant).Byte((byte)IdentityRow.ByName).Text(id.Type).Text(id.Value));

    public static byte[] NamesOf(TenantId tenant, ObjectId target) =>
        Built(new Builder().Tenant(tenant).Byte((byte)IdentityRow.ByObject).Number(target.Value));

    public static byte[] NameOf(TenantId tenant, ObjectId target, ExternalId id) =>
        Built(new Builder().Tenant(tenant).Byte((byte)IdentityRow.ByObject).Number(target.Value).Text(id.Type).Text(id.Value));

    public static byte[] Series(TenantId tenant, ObjectId source, SeriesName name) =>
        Built(new Builder().Tenant(tenant).Number(source.Value).Text(name.Fragment).Text(name.Series));

    /// <summary>The name in the tail of a <see cref="Series"/> key.</summary>
    public static SeriesName SeriesOf(ReadOnlySpan<byte> tail)
    {
        var fragment = TakeText(ref tail);
        return new SeriesName(fragment, TakeText(ref tail));
    }

    /// <summary>The name in the tail of a <see cref="NameOf"/> key.</summary>
    public static ExternalId ExternalIdOf(ReadOnlySpan<byte> tail)
    {
        var type = TakeText(ref tail);
        return new ExternalId(type, TakeText(ref tail));
    }

    public static byte[] Source(TenantId tenant, ObjectId source) => Object(tenant, source);

    /// <summary>Writes a measurement's key; <paramref name="to"/> has <see cref="MeasurementKeyBytes"/>.</summary>
    public static void Measurement(Span<byte> to, TenantId tenant, in MeasurementId id)
    {
        Numbers(to[Prefix(to, tenant)..], id.Source.Value, id.TimeMs, id.Sequence);
    }

    public static byte[] Measurement(TenantId tenant, in MeasurementId id)
    {
        var key = new byte[MeasurementKeyBytes(tenant)];
        Measurement(key, tenant, id);
        return key;
    }

    /// <summary>The id in a measurement's key.</summary>
    public static MeasurementId MeasurementOf(ReadOnlySpan<byte> key) => new(
        new ObjectId(BinaryPrimitives.ReadInt64BigEndian(key[^24..])),
        BinaryPrimitives.ReadInt64BigEndian(key[^16..]),
        BinaryPrimitives.ReadInt64BigEndian(key[^8..]));

    public static byte[] Operation(TenantId tenant, in OperationId id) => OperationBelow(Tenant(tenant), id);

    /// <summary>What the index rows of all operations begin with that stand like this; device, time and sequence follow.</summary>
    public static byte[] OpenOperations(TenantId tenant, OperationStatus status) => Built(new Builder().Tenant(tenant).Byte((byte)status));

    public static byte[] OpenOperation(TenantId tenant, OperationStatus status, in OperationId id) => OperationBelow(OpenOperations(tenant, status), id);

    /// <summary>An operation's key below the prefix of its family.</summary>
    public static byte[] OperationBelow(ReadOnlySpan<byte> prefix, in OperationId id) =>
        Built(new Builder().Raw(prefix).Number(id.Device.Value).Number(id.CreationMs).Number(id.Sequence));

    /// <summary>The id in the key of an operation or of its index row.</summary>
    public static OperationId OperationOf(ReadOnlySpan<byte> key) => new(
        new ObjectId(BinaryPrimitives.ReadInt64BigEndian(key[^24..])),
        BinaryPrimitives.ReadInt64BigEndian(key[^16..]),
        BinaryPrimitives.ReadInt64BigEndian(key[^8..]));

    /// <summary>State name, 0x00, grain key: a tenant's documents stand together in order of what follows its name.</summary>
    public static byte[] Grain(string stateName, ReadOnlySpan<byte> grainKey)
    {
        Check.That(!stateName.Contains('\0', StringComparison.Ordinal));
        return Built(new Builder().Raw(Encoding.UTF8.GetBytes(stateName)).Byte(0).Raw(grainKey));
    }

    /// <summary>The first key after all that begin with <paramref name="prefix"/>.</summary>
    public static byte[] EndOf(ReadOnlySpan<byte> prefix)
    {
        var length = prefix.Length;
        while (length > 0 && prefix[length - 1] == 0xff) length--;
        Check.That(length > 0);
        var end = prefix[..length].ToArray();
        end[^1]++;
        return end;
    }

    public static byte[] Number(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Built(Builder builder) => builder.ToArray();

    // Text ends in 00 01; a 00 within it is 00 FF. So order is that of the UTF-8 bytes and no text is another's beginning.
    private static string TakeText(ref ReadOnlySpan<byte> tail)
    {
        var text = new List<byte>(tail.Length);
        for (var i = 0; i + 1 < tail.Length; i++)
        {
            if (tail[i] != 0)
            {
                text.Add(tail[i]);
                continue;
            }
            if (tail[i + 1] == 1)
            {
                tail = tail[(i + 2)..];
                return Encoding.UTF8.GetString([.. text]);
            }
            text.Add(0);
            i++;
        }
        throw RecordReader.Damaged();
    }

    private sealed class Builder
    {
        private readonly List<byte> _bytes = new(64);

        public Builder Byte(byte value)
        {
            _bytes.Add(value);
            return this;
        }

        public Builder Raw(ReadOnlySpan<byte> bytes)
        {
            _bytes.AddRange(bytes);
            return this;
        }

        public Builder Number(long value)
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteInt64BigEndian(bytes, value);
            return Raw(bytes);
        }

        public Builder Tenant(TenantId tenant)
        {
            Check.That(TenantId.TryParse(tenant.Value, out _));
            return Raw(Encoding.ASCII.GetBytes(tenant.Value)).Byte(0);
        }

        public Builder Text(string text) => Escaped(Encoding.UTF8.GetBytes(text)).Byte(0).Byte(1);

        /// <summary>A long text is its beginning and its hash, so that a key stays short and still names one text only.</summary>
        public Builder IndexText(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            return bytes.Length <= Limits.StoreIndexTextBytesMax
                ? Escaped(bytes).Byte(0).Byte(1)
                : Escaped(bytes.AsSpan(0, Limits.StoreIndexTextBytesMax)).Byte(0).Byte(2).Raw(SHA256.HashData(bytes));
        }

        public byte[] ToArray() => [.. _bytes];

        private Builder Escaped(ReadOnlySpan<byte> bytes)
        {
            foreach (var b in bytes)
            {
                _bytes.Add(b);
                if (b == 0) _bytes.Add(0xff);
            }
            return this;
        }
    }
}
