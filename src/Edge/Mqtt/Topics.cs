using System.Text;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Mqtt;

/// <summary>What becomes of a message, by the first letter of its topic.</summary>
internal enum ProcessingMode : byte
{
    /// <summary><c>s</c>: stored, published in real time, seen by rules.</summary>
    Persistent,
    /// <summary><c>t</c>: not stored, otherwise as persistent.</summary>
    Transient,
    /// <summary><c>q</c>: stored without a real-time notification (measurements and events only).</summary>
    Quiescent,
    /// <summary><c>c</c>: for rules alone (measurements and events only).</summary>
    Cep,
}

/// <summary>What a message may be published on. A closed set: what is not here is <see cref="Refused"/>.</summary>
internal enum PublishKind : byte
{
    Refused,
    /// <summary><c>s/us</c>, <c>s/us/child</c>: rows of the static templates.</summary>
    Static,
    /// <summary><c>s/ud</c>: rows of the collection that the client id names.</summary>
    DefaultCollection,
    /// <summary><c>s/uc/X</c>: rows of a template collection.</summary>
    Collection,
    /// <summary><c>s/ut/X</c>: makes a template collection, or asks whether it exists.</summary>
    MakeCollection,
    /// <summary><c>s/ul/X</c>: rows of a SmartREST 1.0 collection.</summary>
    LegacyCollection,
    /// <summary><c>s/ucr</c>: asks for device credentials.</summary>
    Bootstrap,
    /// <summary><c>s/uat</c>: asks for a device access token.</summary>
    Token,
    /// <summary>A document of the REST interface; which, says <see cref="PublishTopic.Json"/>.</summary>
    Json,
}

/// <summary>The documents that may be published as JSON.</summary>
internal enum JsonTopic : byte
{
    None,
    MeasurementCreate,
    MeasurementCreateBulk,
    MeasurementDelete,
    EventCreate,
    EventCreateBulk,
    EventUpdate,
    EventDelete,
    AlarmCreate,
    AlarmCreateBulk,
    AlarmUpdate,
    InventoryCreate,
    InventoryUpdate,
    InventoryChildDevice,
}

/// <summary>The answer to a topic that a client publishes on. Its spans point into the topic.</summary>
internal readonly ref struct PublishTopic(
    PublishKind kind, ProcessingMode mode, ReadOnlySpan<byte> collection = default, ReadOnlySpan<byte> child = default,
    JsonTopic json = JsonTopic.None, ReadOnlySpan<byte> id = default)
{
    public PublishKind Kind { get; } = kind;
    public ProcessingMode Mode { get; } = mode;

    /// <summary>The template collection; empty where the kind has none.</summary>
    public ReadOnlySpan<byte> Collection { get; } = collection;

    /// <summary>The external id of the child device meant; empty for the device itself.</summary>
    public ReadOnlySpan<byte> Child { get; } = child;

    public JsonTopic Json { get; } = json;

    /// <summary>The id that ends a JSON topic for update and delete, or stands before <c>childDevices</c>.</summary>
    public ReadOnlySpan<byte> Id { get; } = id;
}

/// <summary>What a client may subscribe to. A closed set: what is not here is <see cref="Refused"/>.</summary>
internal enum SubscribeKind : byte
{
    Refused,
    /// <summary><c>s/ds</c>: operations and replies as rows of the static templates.</summary>
    Static,
    /// <summary><c>s/dd</c>: rows of the collection that the client id names.</summary>
    DefaultCollection,
    /// <summary><c>s/dc/X</c>: rows of a template collection.</summary>
    Collection,
    /// <summary><c>s/dc/#</c>: granted because bridges ask for it, yet nothing arrives by it; rows need the exact filter.</summary>
    AnyCollection,
    /// <summary><c>s/dt</c>: whether a template collection exists.</summary>
    CollectionReplies,
    /// <summary><c>s/dl/X</c>: rows of a SmartREST 1.0 collection.</summary>
    LegacyCollection,
    /// <summary><c>s/ol/X</c>: operations of a SmartREST 1.0 collection.</summary>
    LegacyOperations,
    /// <summary><c>s/dcr</c>: device credentials.</summary>
    Credentials,
    /// <summary><c>s/dat</c>: device access tokens.</summary>
    Token,
    /// <summary><c>s/e</c>: what was wrong with rows.</summary>
    Errors,
    /// <summary><c>error</c>: what was wrong with JSON documents.</summary>
    JsonErrors,
    /// <summary><c>devicecontrol/notifications</c>: operations as JSON.</summary>
    JsonOperations,
}

/// <summary>The answer to one filter of SUBSCRIBE or UNSUBSCRIBE.</summary>
internal readonly ref struct SubscribeFilter(SubscribeKind kind, ReadOnlySpan<byte> collection = default)
{
    public SubscribeKind Kind { get; } = kind;

    /// <summary>The template collection; empty where the kind has none.</summary>
    public ReadOnlySpan<byte> Collection { get; } = collection;

    /// <summary>
    /// Whether the device's managed object must exist: until then the interface answers 0x80 and keeps the connection, and the
    /// client subscribes again after it has made the device.
    /// </summary>
    public bool NeedsDevice => Kind is SubscribeKind.Static or SubscribeKind.Token or SubscribeKind.JsonOperations;

    /// <summary>The return code of SUBACK: the QoS asked for, or 0x80.</summary>
    public byte ReturnCode(Qos asked, bool deviceExists) =>
        Kind == SubscribeKind.Refused || (NeedsDevice && !deviceExists) ? PacketWriter.NotGranted : (byte)asked;
}

/// <summary>
/// The topics of the interface. There is no device-to-device topic and no wildcard but <c>s/dc/#</c>: a topic names a service
/// of the platform, and the sender's own device is what it is about.
/// </summary>
internal static class Topics
{
    private const byte Slash = (byte)'/';

    public static PublishTopic Published(ReadOnlySpan<byte> topic)
    {
        if (topic.SequenceEqual("s/us"u8)) return new PublishTopic(PublishKind.Static, ProcessingMode.Persistent);

        var mode = ProcessingMode.Persistent;
        var rest = topic;
        if (topic.Length > 2 && topic[1] == Slash)
        {
            switch (topic[0])
            {
                case (byte)'s': return Rows(topic[2..], mode);
                case (byte)'t': mode = ProcessingMode.Transient; break;
                case (byte)'q': mode = ProcessingMode.Quiescent; break;
                case (byte)'c': mode = ProcessingMode.Cep; break;
                default: return default;
            }
            rest = topic[2..];
            if (rest[0] == (byte)'u') return Rows(rest, mode);
        }
        return Document(rest, mode);
    }

    public static SubscribeFilter Subscribed(ReadOnlySpan<byte> filter)
    {
        if (filter.SequenceEqual("error"u8)) return new SubscribeFilter(SubscribeKind.JsonErrors);
        if (filter.SequenceEqual("devicecontrol/notifications"u8)) return new SubscribeFilter(SubscribeKind.JsonOperations);
        if (!filter.StartsWith("s/"u8)) return default;

        var hasName = Split(filter[2..], out var kind, out var name);
        if (!hasName)
        {
            if (kind.SequenceEqual("ds"u8)) return new SubscribeFilter(SubscribeKind.Static);
            if (kind.SequenceEqual("e"u8)) return new SubscribeFilter(SubscribeKind.Errors);
            if (kind.SequenceEqual("dd"u8)) return new SubscribeFilter(SubscribeKind.DefaultCollection);
            if (kind.SequenceEqual("dt"u8)) return new SubscribeFilter(SubscribeKind.CollectionReplies);
            if (kind.SequenceEqual("dcr"u8)) return new SubscribeFilter(SubscribeKind.Credentials);
            return kind.SequenceEqual("dat"u8) ? new SubscribeFilter(SubscribeKind.Token) : default;
        }
        if (kind.SequenceEqual("dc"u8) && name.SequenceEqual("#"u8)) return new SubscribeFilter(SubscribeKind.AnyCollection);
        if (!IsSegment(name) || name.ContainsAny((byte)'+', (byte)'#')) return default;
        if (kind.SequenceEqual("dc"u8)) return new SubscribeFilter(SubscribeKind.Collection, name);
        if (kind.SequenceEqual("dl"u8)) return new SubscribeFilter(SubscribeKind.LegacyCollection, name);
        return kind.SequenceEqual("ol"u8) ? new SubscribeFilter(SubscribeKind.LegacyOperations, name) : default;
    }

    /// <summary>The topics of rows, without their mode.</summary>
    private static PublishTopic Rows(ReadOnlySpan<byte> topic, ProcessingMode mode)
    {
        var isDeeper = Split(topic, out var kind, out var rest);
        if (kind.SequenceEqual("us"u8) || kind.SequenceEqual("ud"u8))
        {
            if (isDeeper && !IsSegment(rest)) return default;
            return new PublishTopic(kind[1] == 's' ? PublishKind.Static : PublishKind.DefaultCollection, mode, child: rest);
        }
        if (kind.SequenceEqual("uc"u8) && isDeeper)
        {
            var hasChild = Split(rest, out var collection, out var child);
            if (!IsSegment(collection) || (hasChild && !IsSegment(child))) return default;
            return new PublishTopic(PublishKind.Collection, mode, collection, child);
        }

        // Making a collection and asking for secrets are no data: they have no other mode than s.
        if (mode != ProcessingMode.Persistent) return default;
        if (!isDeeper && kind.SequenceEqual("ucr"u8)) return new PublishTopic(PublishKind.Bootstrap, mode);
        if (!isDeeper && kind.SequenceEqual("uat"u8)) return new PublishTopic(PublishKind.Token, mode);
        if (!IsSegment(rest)) return default;
        if (kind.SequenceEqual("ut"u8)) return new PublishTopic(PublishKind.MakeCollection, mode, rest);
        return kind.SequenceEqual("ul"u8) ? new PublishTopic(PublishKind.LegacyCollection, mode, rest) : default;
    }

    /// <summary>The topics of JSON documents: api/resource/action, and the id last where there is one.</summary>
    private static PublishTopic Document(ReadOnlySpan<byte> topic, ProcessingMode mode)
    {
        if (Cut(topic, "measurement/measurements/"u8, out var action))
            return Document(mode, action, JsonTopic.MeasurementCreate, JsonTopic.MeasurementCreateBulk, JsonTopic.None, JsonTopic.MeasurementDelete);
        if (Cut(topic, "event/events/"u8, out action))
            return Document(mode, action, JsonTopic.EventCreate, JsonTopic.EventCreateBulk, JsonTopic.EventUpdate, JsonTopic.EventDelete);
        if (Cut(topic, "alarm/alarms/"u8, out action))
            return Document(mode, action, JsonTopic.AlarmCreate, JsonTopic.AlarmCreateBulk, JsonTopic.AlarmUpdate, JsonTopic.None);
        if (!Cut(topic, "inventory/managedObjects/"u8, out action)) return default;
        if (action.EndsWith("/childDevices/create"u8))
            return Json(JsonTopic.InventoryChildDevice, mode, action[..^"/childDevices/create".Length], wantsId: true);
        return Document(mode, action, JsonTopic.InventoryCreate, JsonTopic.None, JsonTopic.InventoryUpdate, JsonTopic.None);
    }

    private static PublishTopic Document(
        ProcessingMode mode, ReadOnlySpan<byte> action, JsonTopic create, JsonTopic bulk, JsonTopic update, JsonTopic delete)
    {
        if (action.SequenceEqual("create"u8)) return Json(create, mode, default, wantsId: false);
        if (action.SequenceEqual("createBulk"u8)) return Json(bulk, mode, default, wantsId: false);
        if (Cut(action, "update/"u8, out var id)) return Json(update, mode, id, wantsId: true);
        return Cut(action, "delete/"u8, out id) ? Json(delete, mode, id, wantsId: true) : default;
    }

    private static PublishTopic Json(JsonTopic topic, ProcessingMode mode, ReadOnlySpan<byte> id, bool wantsId) =>
        topic == JsonTopic.None || (wantsId && !IsSegment(id)) ? default : new PublishTopic(PublishKind.Json, mode, json: topic, id: id);

    /// <summary>One level of a topic that names something: not empty, and no longer than an external id may be.</summary>
    private static bool IsSegment(ReadOnlySpan<byte> text) =>
        !text.IsEmpty && !text.Contains(Slash)
        && (text.Length <= Limits.ExternalIdCharsMax || Encoding.UTF8.GetCharCount(text) <= Limits.ExternalIdCharsMax);

    /// <summary>Parts a topic at its first slash; false when it has none.</summary>
    private static bool Split(ReadOnlySpan<byte> topic, out ReadOnlySpan<byte> first, out ReadOnlySpan<byte> rest)
    {
        var slash = topic.IndexOf(Slash);
        first = slash < 0 ? topic : topic[..slash];
        rest = slash < 0 ? default : topic[(slash + 1)..];
        return slash >= 0;
    }

    private static bool Cut(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> prefix, out ReadOnlySpan<byte> rest)
    {
        var matches = topic.StartsWith(prefix);
        rest = matches ? topic[prefix.Length..] : default;
        return matches;
    }
}
