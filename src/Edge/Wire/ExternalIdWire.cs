using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Edge.Wire;

/// <summary>A name that the outside world gave a managed object.</summary>
internal sealed record ExternalIdWire(string Type, string ExternalId, ObjectLinkWire ManagedObject, string Self)
{
    public static ExternalIdWire From(ExternalId id, ObjectId target, Links links) =>
        new(id.Type, id.Value, ObjectLinkWire.From(target, links), links.ExternalId(id));

    public static ExternalId To(JsonBody body)
    {
        body.Require("type", "externalId");
        return Named(body.Text("type")!, body.Text("externalId")!, body.Invalid);
    }

    /// <summary>Both parts within their bounds.</summary>
    public static ExternalId Named(string type, string value, Func<string, Grains.Abstractions.Refusal> refuse)
    {
        if (type.Length > Grains.Abstractions.Limits.ExternalIdCharsMax || value.Length > Grains.Abstractions.Limits.ExternalIdCharsMax)
            throw refuse($"The type and the value of an external id hold at most {Grains.Abstractions.Limits.ExternalIdCharsMax} characters each.");
        return new ExternalId(type, value);
    }
}

/// <summary>A managed object by id and address alone.</summary>
internal sealed record ObjectLinkWire(string Id, string Self)
{
    public static ObjectLinkWire From(ObjectId id, Links links) => new(id.ToString(), links.ManagedObject(id));
}

/// <summary>All external ids of one object; not paged.</summary>
internal sealed record ExternalIdCollectionWire(string Self, IReadOnlyList<ExternalIdWire> ExternalIds);
