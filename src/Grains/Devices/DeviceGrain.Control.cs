using System.Globalization;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Operations;
using Orleans.Serialization.Invocation;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Grains.Devices;

/// <summary>Rows about operations, and those about managed objects that are more than a change of fragments.</summary>
internal sealed partial class DeviceGrain
{
    private bool _waitsBelow;
    private Task? _advancing;

    /// <summary>One such row; answers the values that the device asked for, if it did.</summary>
    private async Task<IReadOnlyList<string>?> ControlAsync(Caller caller, DeviceCommand command)
    {
        switch (command)
        {
            case ForwardOperations:
                ReadPermit.Demand(caller, _owned.Resource, Permission.OperationRead);
                return [];
            case AdvanceOperation advance:
                await AdvanceAsync(caller, advance);
                return null;
            case FailOperations fail:
                await FailAllAsync(caller, fail);
                return null;
            case AddFragments add:
                await Upkept.AddFragments(caller, add.Added);
                return null;
            case MergeLists merge:
                await Upkept.ChangeLists(caller, merge.Entries, isRemoval: false);
                return null;
            case RemoveFromLists remove:
                await Upkept.ChangeLists(caller, remove.Entries, isRemoval: true);
                return null;
            case ReportProfile report:
                await ReportProfileAsync(caller, report);
                return null;
            case TellPlatformVersion or ListTemplates:
                await RequireOfObjectAsync(caller, Permission.InventoryRead);
                return [];
            case Heartbeat or UpdateObject { Change.IsEmpty: true }:
                await RequireOfObjectAsync(caller, Permission.InventoryAdmin);
                return null;
            case UpdateObject update:
                await Object.Update(caller, update.Change);
                return null;
            case CreateObject create:
                await GrainFactory.Grain<IInventoryGrain>(_tenant.Value).Create(caller, create.Wish);
                return null;
            case CreateChildObject create:
                await CreateChildAsync(caller, create.Wish);
                return null;
            default:
                throw new InvalidOperationException($"No way to carry out {command.GetType().Name}");
        }
    }

    private async Task AdvanceAsync(Caller caller, AdvanceOperation advance)
    {
        if (advance.OperationId is { } text)
        {
            if (!OperationId.TryParse(text, out var id)) throw NotFound(text);
            if (id.Device != _id)
            {
                await AdvanceBelowAsync(caller, id, advance);
                return;
            }
            await EndOrBeginAsync(caller, await RequireAsync(id), advance);
            return;
        }
        await EndOrBeginAsync(caller, await RequireOldestAsync(caller, advance.Status == OperationStatus.Executing ? OperationStatus.Pending : OperationStatus.Executing, advance.Fragment), advance);
    }

    /// <summary>A child's operation by its id: the child's grain does it, if there is such a child. Which others there are is nobody's to know.</summary>
    private async Task AdvanceBelowAsync(Caller caller, OperationId id, AdvanceOperation advance)
    {
        if (!await _ports.Tree.IsBelowAsync(_tenant, id.Device, _id)) throw NotFound(id.ToString());
        _waitsBelow = true;
        try
        {
            // Whoever waits already is looked at again when another message comes: so it sends itself one.
            await GrainFactory.Grain<IDeviceUpkeep>(_id.GrainKey(_tenant)).IsListening(Upkeep);
            await GrainFactory.Grain<IDeviceUpkeep>(id.Device.GrainKey(_tenant)).Advance(caller, advance);
        }
        finally
        {
            _waitsBelow = false;
            if (_advancing is { } other) await other.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async Task Advance(Caller caller, AdvanceOperation advance)
    {
        var advancing = _advancing = AdvanceOwnAsync(caller, advance);
        try
        {
            await advancing;
        }
        finally
        {
            _advancing = null;
        }
    }

    /// <summary>
    /// Devices may hang below each other, and each forward what concerns the other: one that waits for another's grain, and changes nothing of its own
    /// meanwhile, carries out what comes to it, one at a time.
    /// </summary>
    public bool AnswersMeanwhile(IInvokable call) => _waitsBelow && _advancing is null && call.GetMethodName() == nameof(Advance);

    private async Task AdvanceOwnAsync(Caller caller, AdvanceOperation advance)
    {
        await RequireExistsAsync();
        await AdvanceAsync(caller, advance);
    }

    /// <summary>What the device says of itself is written first: were it to fail, the operation stands as it stood and the device can say it again.</summary>
    private async Task EndOrBeginAsync(Caller caller, Operation operation, AdvanceOperation advance)
    {
        var permit = WritePermit.Demand(caller, _owned.Resource.Holding(operation.Fragments), Permission.OperationAdmin);
        var change = new OperationChange(advance.Status, advance.FailureReason, null, Fragments.None);
        OperationRules.Changed(operation, change);
        if (advance.Status == OperationStatus.Successful)
        {
            var now = RawJson.Text(_ports.Time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            var (ofOperation, ofDevice) = OperationResults.Of(operation, advance.Fragment, advance.Parameters, now);
            if (ofDevice.Count > 0) await Object.Update(caller, ManagedObjectChange.Of(ofDevice));
            change = change with { Fragments = ofOperation };
        }
        await ChangeAsync(caller, permit, operation, change);
    }

    private async Task FailAllAsync(Caller caller, FailOperations fail)
    {
        var change = new OperationChange(OperationStatus.Failed, fail.FailureReason, null, Fragments.None);
        var operation = await OldestAsync(OperationStatus.Executing, fail.Fragment);
        var permit = WritePermit.Demand(caller, _owned.Resource.Holding(operation?.Fragments), Permission.OperationAdmin);
        for (; operation is not null; operation = await OldestAsync(OperationStatus.Executing, fail.Fragment))
            await ChangeAsync(caller, permit, operation, change);
    }

    /// <summary>Whoever may not change operations here is told so, whether or not there are any.</summary>
    private async Task<Operation> RequireOldestAsync(Caller caller, OperationStatus status, string? fragment)
    {
        var oldest = await OldestAsync(status, fragment);
        WritePermit.Demand(caller, _owned.Resource.Holding(oldest?.Fragments), Permission.OperationAdmin);
        return oldest
            ?? throw Refusal.NotFound(OperationRules.Subject, $"Operation not found: none with {fragment} is {status.Name()}");
    }

    private ValueTask<Operation?> OldestAsync(OperationStatus status, string? fragment) =>
        _ports.Operations.OldestAsync(Inside(), status, fragment);

    private async Task ReportProfileAsync(Caller caller, ReportProfile report)
    {
        await RequireOfObjectAsync(caller, Permission.InventoryAdmin);
        var operation = await OldestAsync(OperationStatus.Executing, "c8y_DeviceProfile");
        var known = Top("profileId");
        var id = report.ProfileId ?? known
            ?? throw Refusal.NotFound(OperationRules.Subject, "Operation not found: none with c8y_DeviceProfile is EXECUTING, and no profile is named");
        var name = id == known ? Top("profileName") : null;
        await Object.Update(caller, ManagedObjectChange.Of(new Fragments([new Fragment("c8y_Profile", RawJson.Object(
            ("profileName", name is null ? null : RawJson.Text(name)), ("profileId", RawJson.Text(id)), ("profileExecuted", report.IsExecuted ? "true"u8.ToArray() : "false"u8.ToArray())))])));

        string? Top(string member) => RawJson.AsText(operation?.Fragments.Items.FirstOrDefault(fragment => fragment.Name == member).Json);
    }

    /// <summary>Makes an object and links it below. Where the link is refused the object goes again: the row did nothing.</summary>
    private async Task CreateChildAsync(Caller caller, NewManagedObject wish)
    {
        var made = await GrainFactory.Grain<IInventoryGrain>(_tenant.Value).Create(caller, wish);
        try
        {
            await Object.Link(caller, ChildKind.Device, [made.Id]);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            await TakeBackAsync(caller, made.Id);
            throw;
        }
    }

    private async Task TakeBackAsync(Caller caller, ObjectId made)
    {
        try
        {
            await GrainFactory.Grain<IManagedObjectGrain>(made.GrainKey(_tenant)).Delete(caller, default);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            _ports.Log.LogWarning(failure, "Object {Tenant}/{Object} could not be linked below {Device}, and not be taken back either", _tenant, made, _id);
        }
    }

    private IManagedObjectUpkeep Upkept => GrainFactory.Grain<IManagedObjectUpkeep>(_id.GrainKey(_tenant));

    private static Refusal NotFound(string id) => Refusal.NotFound(OperationRules.Subject, $"Operation not found: {id}");
}
