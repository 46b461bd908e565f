using System.Buffers.Binary;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Storage;
using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>Presence in RocksDB: one row an object. A connection is kept as the number of the store's opening, so that none outlives it.</summary>
internal sealed class RocksPresenceStore(RocksStore store) : IPresenceStore
{
    public ValueTask<Presence?> RecallAsync(ReadPermit permit)
    {
        using var session = store.Read();
        return new(PresenceRecord.Read(session, permit.Tenant, permit.Source, store.Opening));
    }

    public Task KeepAsync(WritePermit permit, Presence presence)
    {
        Check.That(permit.Source != default);
        var key = KeySpace.Object(permit.Tenant, permit.Source);
        var change = new StoreChange().Put(Family.Presence, key, PresenceRecord.Write(presence, store.Opening));
        // The first one ever also makes the object findable by the fragments that show it.
        if (!IsKept(key))
            foreach (var fragment in Shown) change.Put(Family.ObjectIndex, FragmentRow(permit, fragment), []);
        return store.Writer.CommitAsync(change);
    }

    public Task ForgetAsync(WritePermit permit)
    {
        Check.That(permit.Source != default);
        var change = new StoreChange().Delete(Family.Presence, KeySpace.Object(permit.Tenant, permit.Source));
        foreach (var fragment in Shown) change.Delete(Family.ObjectIndex, FragmentRow(permit, fragment));
        return store.Writer.CommitAsync(change);
    }

    private static readonly string[] Shown = [ManagedObject.AvailabilityFragment, ManagedObject.ConnectionFragment];

    private bool IsKept(byte[] key)
    {
        using var session = store.Read();
        return session.Has(Family.Presence, key);
    }

    private static byte[] FragmentRow(WritePermit permit, string fragment) =>
        [.. KeySpace.Index(permit.Tenant, IndexKind.Fragment, fragment), .. KeySpace.Number(permit.Source.Value)];
}

/// <summary>The bytes of a presence: version 1, last message (ms since 1970), the opening whose connection it is (0 for none), whether it is late.</summary>
internal static class PresenceRecord
{
    private const byte Version = 1;
    private const int Bytes = 18;

    public static byte[] Write(in Presence presence, long opening)
    {
        var value = new byte[Bytes];
        value[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(value.AsSpan(1), presence.LastMessageMs);
        BinaryPrimitives.WriteInt64BigEndian(value.AsSpan(9), presence.IsConnected ? opening : 0);
        value[17] = presence.IsLate ? (byte)1 : (byte)0;
        return value;
    }

    public static Presence? Read(RocksSession session, TenantId tenant, ObjectId source, long opening, ReadOptions? options = null)
    {
        if (session.Get(Family.Presence, KeySpace.Object(tenant, source), options) is not { } value) return null;
        if (value[0] != Version || value.Length != Bytes) throw new InvalidDataException($"The presence of object {tenant}/{source} has version {value[0]} and {value.Length} bytes");
        return new Presence(
            BinaryPrimitives.ReadInt64BigEndian(value.AsSpan(1)), BinaryPrimitives.ReadInt64BigEndian(value.AsSpan(9)) == opening, value[17] == 1);
    }
}
