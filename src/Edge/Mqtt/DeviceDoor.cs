using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;

namespace Bailiwick.Edge.Mqtt;

/// <summary>
/// The way from one connection to the grains of its device and its children. It knows which object each external id stands for, makes
/// devices that are not there when their first data comes, and asks anew when an object is gone.
/// </summary>
internal sealed class DeviceDoor(IGrainFactory grains, Caller caller, string serial)
{
    private static readonly TellDeviceId Nothing = new();
    private Dictionary<string, ObjectId>? _children;
    private ObjectId? _device;
    private IDeviceGrain? _grain;

    /// <summary>The device's managed object, as far as it is known.</summary>
    public ObjectId? Device => _device;

    /// <summary>Looks the device up; refused to who may not speak as one, and when the name is taken by an object that the caller may not know.</summary>
    public async Task ResolveAsync() => SetDevice(await FindAsync(serial));

    /// <summary>
    /// Asks for what the user that only fetches credentials may not have, when it tried to: the gate refuses, and has the audit trail tell of it as
    /// of every refusal.
    /// </summary>
    public async Task AskInVainAsync()
    {
        try
        {
            await FindAsync(serial);
        }
        catch (Refusal refusal) when (refusal.Kind == RefusalKind.Denied)
        {
            // As expected. The session says so to the client in its own way.
        }
    }

    /// <summary>Whether the device's managed object exists by now.</summary>
    public async ValueTask<bool> ExistsAsync()
    {
        if (_device is null) await ResolveAsync();
        return _device is not null;
    }

    /// <summary>Carries out a step's rows: one grain call, unless a device must be made first.</summary>
    public async Task<BatchOutcome> ApplyAsync(PublishStep step, CommitTicket ticket)
    {
        try
        {
            return await TryApplyAsync(step, ticket);
        }
        catch (Refusal refusal) when (refusal.Kind == RefusalKind.NotFound && step.Object is null)
        {
            // The object was deleted under the connection. A device that still may makes itself again by its next message.
            Forget(step.Child);
        }
        catch (Refusal refusal) when (IsForRows(refusal.Kind))
        {
            return AllRefused(step, refusal);
        }
        try
        {
            return await TryApplyAsync(step, ticket);
        }
        catch (Refusal refusal) when (IsForRows(refusal.Kind))
        {
            return AllRefused(step, refusal);
        }
    }

    /// <summary>The credentials of an accepted device, or null while nobody has accepted it.</summary>
    public async Task<DeviceCredentials?> PollCredentialsAsync(string? securityToken)
    {
        try
        {
            return await grains.Grain<IDeviceRequestGrain>(Uri.EscapeDataString(serial)).Poll(caller, securityToken);
        }
        catch (Refusal refusal) when (refusal.Kind is RefusalKind.NotFound or RefusalKind.Conflict or RefusalKind.Invalid)
        {
            return null;
        }
    }

    private async Task<BatchOutcome> TryApplyAsync(PublishStep step, CommitTicket ticket)
    {
        if (step.Object is { } about)
            return await grains.Grain<IDeviceGrain>(about.GrainKey(caller.Tenant)).Apply(caller, new DeviceBatch(step.Rows, ticket));
        if (step.Child is null)
        {
            if (_grain is { } device) return await device.Apply(caller, new DeviceBatch(step.Rows, ticket));
            return await MakeAndApplyAsync(step, ticket);
        }
        var child = step.MustExist ? await KnownAsync(step.Child) : await ChildAsync(step.Child);
        return await grains.Grain<IDeviceGrain>(child.GrainKey(caller.Tenant)).Apply(caller, new DeviceBatch(step.Rows, ticket));
    }

    /// <summary>
    /// The first data of a device that is not there: it is made as its leading "create" row says, or with the defaults. A row that made
    /// it has been carried out and is not sent on.
    /// </summary>
    private async Task<BatchOutcome> MakeAndApplyAsync(PublishStep step, CommitTicket ticket)
    {
        var wish = step.Rows[0] as CreateDevice;
        var ensured = await Name(serial).EnsureDevice(caller, NewObjects.Device(serial, wish));
        SetDevice(ensured.Id);
        if (wish is null || !ensured.WasCreated) return await _grain!.Apply(caller, new DeviceBatch(step.Rows, ticket));
        if (step.Rows.Count == 1) return BatchOutcome.Durable;
        // The row keeps its place, so that the numbers of refused rows stay right; telling the id again changes nothing.
        List<DeviceCommand> rest = [Nothing, .. step.Rows[1..]];
        var outcome = await _grain!.Apply(caller, new DeviceBatch(rest, ticket));
        return outcome with { Replies = [.. outcome.Replies.Where(reply => reply.Row != 0)] };
    }

    private async ValueTask<ObjectId> ChildAsync(string name)
    {
        if (_children is not null && _children.TryGetValue(name, out var known)) return known;
        if (await FindAsync(name) is not { } child)
        {
            await ApplyAsync(Making(name), CommitTicket.None);
            child = await FindAsync(name) ?? throw Refusal.NotFound("identity", $"There is no device '{name}', and it could not be made.");
        }
        _children ??= [];
        if (_children.Count >= Limits.MqttChildrenRemembered) _children.Clear();
        _children[name] = child;
        return child;
    }

    /// <summary>An object that must be there, by its external id or else by its own.</summary>
    private async ValueTask<ObjectId> KnownAsync(string name)
    {
        if (_children is not null && _children.TryGetValue(name, out var known)) return known;
        return await FindAsync(name) ?? (ObjectId.TryParse(name, out var id) ? id
            : throw Refusal.NotFound("inventory", $"Finding device data from database failed : No managedObject for id '{Said.Short(name)}'!"));
    }

    private static PublishStep Making(string child)
    {
        var step = new PublishStep(null);
        step.Rows.Add(new CreateChildDevice(child, null, null, true));
        step.Origins.Add(new RowOrigin("101", 0, false));
        return step;
    }

    private Task<ObjectId?> FindAsync(string name) => grains.Grain<IDevicesGrain>(caller.Tenant.Value).Find(caller, name);

    private void Forget(string? child)
    {
        if (child is null) SetDevice(null);
        else _children?.Remove(child);
    }

    private void SetDevice(ObjectId? device)
    {
        _device = device;
        _grain = device is { } id ? grains.Grain<IDeviceGrain>(id.GrainKey(caller.Tenant)) : null;
    }

    private IExternalIdGrain Name(string name) => grains.Grain<IExternalIdGrain>(ExternalId.Serial(name).GrainKey(caller.Tenant));

    private static bool IsForRows(RefusalKind kind) =>
        kind is RefusalKind.Denied or RefusalKind.NotFound or RefusalKind.Conflict or RefusalKind.Invalid or RefusalKind.Malformed or RefusalKind.TooLarge;

    private static BatchOutcome AllRefused(PublishStep step, Refusal refusal) =>
        new(true, [.. Enumerable.Range(0, step.Rows.Count).Select(row => RefusedRow.Of(row, refusal))], []);
}
