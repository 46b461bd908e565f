using System.Globalization;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Access;

namespace Bailiwick.Edge.Http;

/// <summary>
/// Parts of a path, read as what they name. One that can name nothing is answered as a thing that does not exist, in the words that its family has for that.
/// </summary>
internal static class PathParts
{
    public static ObjectId ObjectId(this Exchange x, string part = "id") => Bailiwick.Grains.Abstractions.Identity.ObjectId.TryParse(x.Part(part), out var id)
        ? id : throw Refusal.NotFound("inventory", $"Finding device data from database failed : No managedObject for id '{Said.Short(x.Part(part))}'!");

    public static MeasurementId MeasurementId(this Exchange x) => Bailiwick.Grains.Abstractions.Identity.MeasurementId.TryParse(x.Part("id"), out var id)
        ? id : throw Refusal.NotFound("measurement", $"Finding measurement from database failed : No measurement for id '{Said.Short(x.Part("id"))}'!");

    public static EventId EventId(this Exchange x) => Bailiwick.Grains.Abstractions.Identity.EventId.TryParse(x.Part("id"), out var id)
        ? id : throw Refusal.NotFound("event", $"Finding event from database failed : No event for id '{Said.Short(x.Part("id"))}'!");

    public static AlarmId AlarmId(this Exchange x) => Bailiwick.Grains.Abstractions.Identity.AlarmId.TryParse(x.Part("id"), out var id)
        ? id : throw Refusal.NotFound("alarm", $"Finding alarm from database failed : No alarm for id '{Said.Short(x.Part("id"))}'!");

    public static OperationId OperationId(this Exchange x) => Bailiwick.Grains.Abstractions.Identity.OperationId.TryParse(x.Part("id"), out var id)
        ? id : throw Refusal.NotFound("devicecontrol", $"No operation for gid '{Said.Short(x.Part("id"))}'");

    public static ExternalId ExternalIdPart(this Exchange x) =>
        Wire.ExternalIdWire.Named(x.Part("type"), x.Part("externalId"), text => Refusal.NotFound("identity", text));

    public static long AuditRecordId(this Exchange x) =>
        long.TryParse(x.Part("id"), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0
            ? id : throw Refusal.NotFound("audit", $"Finding audit record from database failed : No audit record for id '{Said.Short(x.Part("id"))}'!");

    public static long DenialId(this Exchange x) =>
        long.TryParse(x.Part("id"), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0
            ? id : throw Refusal.NotFound("authorization", $"There is no denial with id = {Said.Short(x.Part("id"))}");

    public static string DeviceId(this Exchange x) => x.Part("id") is { Length: <= Limits.DeviceIdCharsMax } id
        ? id : throw Refusal.NotFound("devicecontrol", $"Could not find newDeviceRequest by ID {Said.Short(x.Part("id"))}");

    /// <summary>A tenant in the path of its own resource.</summary>
    public static TenantId TenantId(this Exchange x) => Bailiwick.Grains.Abstractions.Identity.TenantId.TryParse(x.Part("id"), out var id)
        ? id : throw NoSuchTenant(x.Part("id"));

    /// <summary>
    /// The realm in a path of users; the gate decides. What can be no tenant is asked for under a name that none can have, so that it is
    /// refused, and recorded, like any other that is not the caller's.
    /// </summary>
    public static TenantId Realm(this Exchange x) => Bailiwick.Grains.Abstractions.Identity.TenantId.TryParse(x.Part("tenant"), out var id)
        ? id : Bailiwick.Grains.Abstractions.Identity.TenantId.Nowhere;

    public static UserId UserId(this Exchange x, string part = "userId") => NamedUser(x.Realm(), x.Part(part));

    /// <summary>A user of a realm by a name that may be anything.</summary>
    public static UserId NamedUser(TenantId realm, string name) => Bailiwick.Grains.Abstractions.Identity.UserId.IsName(name)
        ? new UserId(realm, name) : throw Refusal.NotFound("users", $"User not found: {Said.Short(name)}");

    public static int GroupId(this Exchange x) => int.TryParse(x.Part("groupId"), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        ? id : throw Groups.NoSuchGroup(x.Part("groupId"));

    /// <summary>A small number as an id. What can be none is asked for as 0, which nothing has: who may not read learns nothing by it.</summary>
    public static int Number(this Exchange x, string part = "id") => int.TryParse(x.Part(part), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0;

    public static Authority Role(this Exchange x, string part = "role") => NamedRole(x.Part(part));

    public static Authority NamedRole(string name) => Authorities.TryParse(name, out var role) ? role : throw NoSuchRole();

    public static Refusal NoSuchRole() => Refusal.NotFound("", "Cannot find the specified role.");

    public static Refusal NoSuchTenant(string id) => Refusal.NotFound("security", $"There is no tenant with id = {Said.Short(id)}");
}
