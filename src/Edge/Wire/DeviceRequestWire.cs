using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Edge.Wire;

/// <summary>A device's wish to join a tenant, as its users see it.</summary>
internal sealed record DeviceRequestWire(
    string Id, string Self, string Status, string Owner, string CreationTime, string TenantId, string? GroupId, string? Type)
{
    public static DeviceRequestWire From(DeviceRequest request, Links links) => new(
        request.Id, links.To($"/devicecontrol/newDeviceRequests/{Links.Escape(request.Id)}"), Name(request.Status), request.Owner,
        WireTime.Text(request.CreationTime), request.Tenant.Value, request.GroupId, request.Type);

    public static NewDeviceRequest To(JsonBody body)
    {
        body.Require("id");
        return new NewDeviceRequest(DeviceIdOf(body), body.TextOrNumber("groupId"), body.Text("type"), TenantOf(body));
    }

    private static TenantId? TenantOf(JsonBody body) => body.Text("tenantId") is not { } text ? null
        : Grains.Abstractions.Identity.TenantId.TryParse(text, out var tenant) ? tenant : throw body.Invalid($"tenantId: there is no tenant '{Said.Short(text)}'.");

    /// <summary>The id that a device names itself by, within its bounds.</summary>
    public static string DeviceIdOf(JsonBody body)
    {
        body.Require("id");
        var id = body.TextOrNumber("id")!;
        if (id.Length > Limits.DeviceIdCharsMax) throw body.Invalid($"id holds at most {Limits.DeviceIdCharsMax} characters.");
        return id;
    }

    private static string Name(RegistrationStatus status) => status switch
    {
        RegistrationStatus.PendingAcceptance => "PENDING_ACCEPTANCE",
        RegistrationStatus.Accepted => "ACCEPTED",
        RegistrationStatus.Blocked => "BLOCKED",
        _ => "WAITING_FOR_CONNECTION",
    };
}

internal sealed record DeviceRequestCollectionWire : PageWire
{
    private DeviceRequestCollectionWire(PageWire frame, IReadOnlyList<DeviceRequestWire> rows) : base(frame) => NewDeviceRequests = rows;

    public IReadOnlyList<DeviceRequestWire> NewDeviceRequests { get; }

    public static DeviceRequestCollectionWire From(PageWire frame, Page<DeviceRequest> page, Links links) =>
        new(frame, [.. page.Items.Select(request => DeviceRequestWire.From(request, links))]);
}

/// <summary>What an accepted device signs in with from then on. It is given once.</summary>
internal sealed record DeviceCredentialsWire(string Id, string Self, string TenantId, string Username, string Password)
{
    public static DeviceCredentialsWire From(DeviceCredentials credentials, Links links) => new(
        credentials.Id, links.To($"/devicecontrol/deviceCredentials/{Links.Escape(credentials.Id)}"), credentials.Tenant.Value,
        credentials.UserName, credentials.Password);
}
