using System.Buffers.Binary;
using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Silo.Embedded;

/// <summary>The rows of the events family. On disk: numbers only grow.</summary>
internal enum EventRow : byte
{
    /// <summary>The event itself, by source, time and sequence.</summary>
    Event = 1,
    /// <summary>By time, source and sequence: what a list of the whole tenant is made of.</summary>
    ByTime = 2,
}

/// <summary>The rows of the alarms family. On disk: numbers only grow.</summary>
internal enum AlarmRow : byte
{
    /// <summary>The alarm itself, by source, time of its first occurrence and sequence.</summary>
    Alarm = 1,
    /// <summary>By source, time, sequence and first occurrence.</summary>
    BySource = 2,
    /// <summary>By time, source, sequence and first occurrence.</summary>
    ByTime = 3,
    /// <summary>As <see cref="BySource"/>, of open alarms alone.</summary>
    OpenBySource = 4,
    /// <summary>As <see cref="ByTime"/>, of open alarms alone.</summary>
    OpenByTime = 5,
    /// <summary>Open alarms by source, type, first occurrence and sequence; the value is severity and status.</summary>
    OpenByType = 6,
    /// <summary>How many alarms are open, by source.</summary>
    Active = 7,
}

/// <summary>
/// Where a row stands in the order of lists: time, then source, then sequence. An alarm's first occurrence goes along, for its id is
/// made of it, and has no say in the order.
/// </summary>
internal readonly record struct Place(long TimeMs, long Source, long Sequence, long FirstMs = 0) : IComparable<Place>
{
    public int CompareTo(Place other)
    {
        var byTime = TimeMs.CompareTo(other.TimeMs);
        if (byTime != 0) return byTime;
        var bySource = Source.CompareTo(other.Source);
        return bySource != 0 ? bySource : Sequence.CompareTo(other.Sequence);
    }
}

/// <summary>Keys of events and alarms. All begin with the tenant and the kind of row.</summary>
internal static partial class KeySpace
{
    /// <summary>A tenant prefix, the kind of row and three numbers.</summary>
    public static int EventKeyBytes(TenantId tenant) => tenant.Value.Length + 2 + 24;

    /// <summary>Writes an event's key; <paramref name="to"/> has <see cref="EventKeyBytes"/>.</summary>
    public static void Event(Span<byte> to, TenantId tenant, in EventId id) =>
        Numbers(to[Kind(to, tenant, (byte)EventRow.Event)..], id.Source.Value, id.TimeMs, id.Sequence);

    /// <summary>Writes the key by time of an event; <paramref name="to"/> has <see cref="EventKeyBytes"/>.</summary>
    public static void EventByTime(Span<byte> to, TenantId tenant, in EventId id) =>
        Numbers(to[Kind(to, tenant, (byte)EventRow.ByTime)..], id.TimeMs, id.Source.Value, id.Sequence);

    public static byte[] Event(TenantId tenant, in EventId id)
    {
        var key = new byte[EventKeyBytes(tenant)];
        Event(key, tenant, id);
        return key;
    }

    public static byte[] EventByTime(TenantId tenant, in EventId id)
    {
        var key = new byte[EventKeyBytes(tenant)];
        EventByTime(key, tenant, id);
        return key;
    }

    public static byte[] Events(TenantId tenant, EventRow row) => Built(new Builder().Tenant(tenant).Byte((byte)row));

    public static byte[] EventsOf(TenantId tenant, ObjectId source) =>
        Built(new Builder().Tenant(tenant).Byte((byte)EventRow.Event).Number(source.Value));

    public static byte[] Alarm(TenantId tenant, in AlarmId id) =>
        Built(new Builder().Tenant(tenant).Byte((byte)AlarmRow.Alarm).Number(id.Source.Value).Number(id.FirstMs).Number(id.Sequence));

    /// <summary>What all rows of one kind begin with.</summary>
    public static byte[] Alarms(TenantId tenant, AlarmRow row) => Built(new Builder().Tenant(tenant).Byte((byte)row));

    /// <summary>A row of a list: by source (<see cref="AlarmRow.BySource"/>) or by time first (<see cref="AlarmRow.ByTime"/>), of all or of the open ones.</summary>
    public static byte[] AlarmInList(TenantId tenant, AlarmRow row, in Place place)
    {
        var bySource = row is AlarmRow.BySource or AlarmRow.OpenBySource;
        return Built(new Builder().Tenant(tenant).Byte((byte)row)
            .Number(bySource ? place.Source : place.TimeMs).Number(bySource ? place.TimeMs : place.Source)
            .Number(place.Sequence).Number(place.FirstMs));
    }

    /// <summary>What the rows of open alarms of one source and type begin with; first occurrence and sequence follow.</summary>
    public static byte[] OpenAlarms(TenantId tenant, ObjectId source, string type) =>
        Built(new Builder().Tenant(tenant).Byte((byte)AlarmRow.OpenByType).Number(source.Value).IndexText(type));

    public static byte[] OpenAlarm(TenantId tenant, in AlarmId id, string type) =>
        Built(new Builder().Tenant(tenant).Byte((byte)AlarmRow.OpenByType).Number(id.Source.Value).IndexText(type).Number(id.FirstMs).Number(id.Sequence));

    public static byte[] ActiveAlarms(TenantId tenant, ObjectId source)
    {
        var key = new byte[tenant.Value.Length + 10];
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(Kind(key, tenant, (byte)AlarmRow.Active)), source.Value);
        return key;
    }

    private static int Kind(Span<byte> to, TenantId tenant, byte row)
    {
        var at = Prefix(to, tenant);
        to[at] = row;
        return at + 1;
    }

    private static int Prefix(Span<byte> to, TenantId tenant)
    {
        Check.That(TenantId.TryParse(tenant.Value, out _));
        var at = Encoding.ASCII.GetBytes(tenant.Value, to);
        to[at] = 0;
        return at + 1;
    }

    private static void Numbers(Span<byte> to, long first, long second, long third)
    {
        BinaryPrimitives.WriteInt64BigEndian(to, first);
        BinaryPrimitives.WriteInt64BigEndian(to[8..], second);
        BinaryPrimitives.WriteInt64BigEndian(to[16..], third);
    }
}
