using Bailiwick.Edge.Wire;

namespace Bailiwick.Edge.Http;

/// <summary>How a device joins: <c>/devicecontrol/newDeviceRequests</c> and <c>/devicecontrol/deviceCredentials</c>.</summary>
internal static class DeviceRequests
{
    public static async Task ListAsync(Exchange x)
    {
        var page = x.Query.Page();
        var found = await x.DeviceRequests().Find(x.Caller, page);
        await x.AnswerListAsync(MediaType.NewDeviceRequestCollection, DeviceRequestCollectionWire.From(x.Frame(found, page), found, x.Links));
    }

    public static async Task ClaimAsync(Exchange x)
    {
        using var body = await x.BodyAsync();
        var wish = DeviceRequestWire.To(x.Json(body));
        var wire = DeviceRequestWire.From(await x.DeviceRequest(wish.Id).Claim(x.Caller, wish), x.Links);
        await x.CreatedAsync(MediaType.NewDeviceRequest, wire.Self, wire);
    }

    public static async Task ReadAsync(Exchange x) =>
        await x.AnswerAsync(MediaType.NewDeviceRequest, DeviceRequestWire.From(await x.DeviceRequest(x.DeviceId()).Read(x.Caller), x.Links));

    /// <summary>The one change there is: acceptance.</summary>
    public static async Task AcceptAsync(Exchange x)
    {
        using var body = await x.BodyAsync();
        var json = x.Json(body);
        if (json.Required("status") != "ACCEPTED") throw json.Invalid("status can be set to ACCEPTED and to nothing else.");
        var accepted = await x.DeviceRequest(x.DeviceId()).Accept(x.Caller, json.Text("securityToken"));
        await x.ChangedAsync(MediaType.NewDeviceRequest, DeviceRequestWire.From(accepted, x.Links));
    }

    public static async Task DeleteAsync(Exchange x)
    {
        await x.DeviceRequest(x.DeviceId()).Delete(x.Caller);
        await x.Gone();
    }

    /// <summary>A device asks again and again until somebody accepts it. It has use for the answer whatever it accepts.</summary>
    public static async Task PollAsync(Exchange x)
    {
        using var body = await x.BodyAsync();
        var json = x.Json(body);
        var id = DeviceRequestWire.DeviceIdOf(json);
        var wire = DeviceCredentialsWire.From(await x.DeviceRequest(id).Poll(x.Caller, json.Text("securityToken")), x.Links);
        await x.CreatedAlwaysShownAsync(MediaType.DeviceCredentials, wire.Self, wire);
    }
}
