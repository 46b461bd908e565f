using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Operations;

namespace Bailiwick.Grains.Operations;

/// <summary>What an operation may become, how large it may be, and how its changes are recorded.</summary>
internal static class OperationRules
{
    /// <summary>The family that refusals name.</summary>
    public const string Subject = "devicecontrol";

    /// <summary>The operation after a change.</summary>
    /// <exception cref="Refusal">Invalid: it has ended, or the change would take it a step back.</exception>
    public static Operation Changed(Operation old, OperationChange change)
    {
        var status = change.Status ?? old.Status;
        if (!old.Status.IsOpen()) throw Refusal.Invalid(Subject, $"Operation {old.Id} is {old.Status.Name()} and changes no more.");
        if (old.Status == OperationStatus.Executing && status == OperationStatus.Pending)
            throw Refusal.Invalid(Subject, $"Operation {old.Id} is EXECUTING and cannot become PENDING again.");
        return old with
        {
            Status = status,
            FailureReason = change.ClearFailureReason ? null : change.FailureReason ?? old.FailureReason,
            Description = change.ClearDescription ? null : change.Description ?? old.Description,
            Fragments = old.Fragments.Merge(change.Fragments),
        };
    }

    public static bool IsSame(Operation old, Operation changed) =>
        old.Status == changed.Status && old.FailureReason == changed.FailureReason && old.Description == changed.Description
        && old.Fragments.IsSame(changed.Fragments);

    public static void RequireFits(Operation operation)
    {
        if (operation.Fragments.Count > Limits.FragmentsPerDocumentMax)
            throw Refusal.Invalid(Subject, $"An operation holds at most {Limits.FragmentsPerDocumentMax} fragments.");
        var bytes = operation.Fragments.Items.Sum(fragment => (long)fragment.Name.Length + fragment.Json.Length)
            + (operation.FailureReason?.Length ?? 0) + (operation.Description?.Length ?? 0);
        if (bytes > Limits.OperationBytesMax)
            throw new Refusal(RefusalKind.TooLarge, Subject, $"An operation holds at most {Limits.OperationBytesMax} bytes.");
    }

    public static NewAuditRecord Created(Operation operation) => Record(operation, "Operation created", []);

    public static NewAuditRecord Updated(Operation old, Operation changed)
    {
        var changes = new List<AuditChange>(2);
        if (old.Status != changed.Status) changes.Add(new AuditChange("status", "String", old.Status.Name(), changed.Status.Name()));
        if (old.FailureReason != changed.FailureReason) changes.Add(new AuditChange("failureReason", "String", old.FailureReason, changed.FailureReason));
        return Record(changed, "Operation updated", changes);
    }

    /// <summary>Names what is asked for and not its content: a command may hold what the trail must not keep for ever.</summary>
    private static NewAuditRecord Record(Operation operation, string activity, IReadOnlyList<AuditChange> changes)
    {
        var what = string.Join(", ", operation.Fragments.Items.Select(fragment => fragment.Name));
        return new NewAuditRecord("Operation", activity, $"{activity}: id '{operation.Id}', status '{operation.Status.Name()}', fragments '{what}'",
            Source: operation.Device.ToString(), Changes: changes);
    }

    /// <summary>The name by which a device is called on its connection: its serial number where it has one.</summary>
    public static ExternalId? Preferred(this IReadOnlyList<ExternalId> names)
    {
        foreach (var name in names)
            if (name.Type == ExternalId.SerialType)
                return name;
        return names.Count > 0 ? names[0] : null;
    }
}
