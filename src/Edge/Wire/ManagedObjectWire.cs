using System.Text.Json;
using System.Text.Json.Serialization;
using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;

namespace Bailiwick.Edge.Wire;

/// <summary>A managed object with its references; those of a kind that was not asked for are empty lists.</summary>
[JsonConverter(typeof(AsDocument))]
internal sealed record ManagedObjectWire(ObjectId Id, ManagedObjectView? View, Links Links)
{
    public static ManagedObjectWire From(ManagedObjectView view, Links links) => new(view.Object.Id, view, links);

    public static ManagedObjectWire From(ManagedObject document, Links links) => From(new ManagedObjectView(document, null, null), links);

    /// <summary>An object of which nothing may be shown but where it is.</summary>
    public static ManagedObjectWire Unseen(ObjectId id, Links links) => new(id, null, links);

    internal sealed class AsDocument : WriteOnlyConverter<ManagedObjectWire>
    {
        private static readonly (JsonEncodedText Children, JsonEncodedText Parents)[] Kinds =
        [
            (JsonEncodedText.Encode("childDevices"), JsonEncodedText.Encode("deviceParents")),
            (JsonEncodedText.Encode("childAssets"), JsonEncodedText.Encode("assetParents")),
            (JsonEncodedText.Encode("childAdditions"), JsonEncodedText.Encode("additionParents")),
        ];

        public override void Write(Utf8JsonWriter writer, ManagedObjectWire value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteId("id"u8, value.Id);
            writer.WriteSelf(value.Links.ManagedObjectPrefix, value.Id);
            if (value.View is not null) WriteMembers(writer, value.View, value.Links);
            writer.WriteEndObject();
        }

        private static void WriteMembers(Utf8JsonWriter writer, ManagedObjectView view, Links links)
        {
            var document = view.Object;
            if (document.Name is { } name) writer.WriteString("name"u8, name);
            if (document.Type is { } type) writer.WriteString("type"u8, type);
            writer.WriteString("owner"u8, document.Owner);
            writer.WriteTime("creationTime"u8, document.CreationTime);
            writer.WriteTime("lastUpdated"u8, document.LastUpdated);
            for (var kind = 0; kind < Kinds.Length; kind++) References(writer, Kinds[kind].Children, document.Id, view.Children?[kind], links, view.ChildCounts?[kind]);
            for (var kind = 0; kind < Kinds.Length; kind++) References(writer, Kinds[kind].Parents, document.Id, view.Parents?[kind], links);
            writer.WriteFragments(document.Fragments);
        }

        private static void References(
            Utf8JsonWriter writer, JsonEncodedText name, ObjectId of, IReadOnlyList<ObjectReference>? references, Links links, long? count = null)
        {
            writer.WriteStartObject(name);
            writer.WriteSelf(links.ManagedObjectPrefix, of, name.EncodedUtf8Bytes);
            writer.WriteStartArray("references"u8);
            foreach (var reference in references ?? [])
            {
                writer.WriteStartObject();
                writer.WriteSelf(links.ManagedObjectPrefix, of, name.EncodedUtf8Bytes, reference.Id);
                writer.WriteStartObject("managedObject"u8);
                writer.WriteId("id"u8, reference.Id);
                if (reference.Name is not null) writer.WriteString("name"u8, reference.Name);
                writer.WriteSelf(links.ManagedObjectPrefix, reference.Id);
                writer.WriteEndObject();
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            if (count is { } number) writer.WriteNumber("count"u8, number);
            writer.WriteEndObject();
        }
    }
}

internal sealed record ManagedObjectCollectionWire : PageWire
{
    private ManagedObjectCollectionWire(PageWire frame, IReadOnlyList<ManagedObjectWire> rows) : base(frame) => ManagedObjects = rows;

    public IReadOnlyList<ManagedObjectWire> ManagedObjects { get; }

    public static ManagedObjectCollectionWire From(PageWire frame, Page<ManagedObjectView> page, Links links) =>
        new(frame, [.. page.Items.Select(view => ManagedObjectWire.From(view, links))]);
}

/// <summary>A child below its parent, embedded whole.</summary>
internal sealed record ManagedObjectReferenceWire(string Self, ManagedObjectWire ManagedObject)
{
    /// <param name="collection">The address of the parent's list of such children.</param>
    public static ManagedObjectReferenceWire From(string collection, ManagedObject child, Links links) =>
        new($"{collection}/{child.Id}", ManagedObjectWire.From(child, links));
}

/// <summary>The answer to linking several children at once.</summary>
internal sealed record ManagedObjectReferencesWire(string Self, IReadOnlyList<ManagedObjectReferenceWire> References);

internal sealed record ManagedObjectReferenceCollectionWire : PageWire
{
    private ManagedObjectReferenceCollectionWire(PageWire frame, IReadOnlyList<ManagedObjectReferenceWire> rows) : base(frame) => References = rows;

    public IReadOnlyList<ManagedObjectReferenceWire> References { get; }

    public static ManagedObjectReferenceCollectionWire From(PageWire frame, Page<ManagedObject> page, string collection, Links links) =>
        new(frame, [.. page.Items.Select(child => ManagedObjectReferenceWire.From(collection, child, links))]);
}
