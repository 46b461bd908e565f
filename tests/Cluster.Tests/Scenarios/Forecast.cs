using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>
/// A change tried before it is made: what the trial names as gained and lost is what the oracle sees differ between the model before and after, for every user
/// and object of the tenant; and a trial is refused where the change is, or where it would tell of users whom its actor does not see.
/// </summary>
internal sealed class Forecast(RealmCalls calls, Realm realm, Step step, Change change, ScenarioTally tally) : IForecast
{
    private static readonly Permission[] All = Enum.GetValues<Permission>();

    private readonly ModelTenant _before = realm.Model;
    private AccessEffect? _effect;

    private string What => $"{step.Actor} of {realm.Model.Name} trying {Scenario.Words(change)}";

    /// <summary>Every other change is; an object that is made, data, and how it shows, cannot be.</summary>
    public static bool IsTried(Step step, Change change) => change is Link or Unlink or Edit or Delete or (Administration and not ShowParts) && step.Question.Draw % 2 == 0;

    public async Task TryAsync(RefusalKind? expected)
    {
        var actor = realm.FindUser(step.Actor)!;
        // Of others than one user only who may see users is told, where there is anything to tell.
        if (change is Link or Unlink or Delete or Edit and not Edit { Added: [], Removed: [], Owner: null } && !new Verdicts(_before).Of(actor, Permission.UserRead, null, null).Allowed) expected ??= RefusalKind.Denied;
        await Play.RequireAsync(expected, What, RehearseAsync, tally);
        tally.Count($"Tried {(expected is null ? "done" : "refused")}");
    }

    private async Task RehearseAsync()
    {
        Rehearsal.Begin();
        try
        {
            await calls.DoAsync(realm.Callers[step.Actor], step.Actor, step.Silo, change);
            // There is nothing to change.
            _effect = AccessEffect.None;
        }
        catch (Rehearsed rehearsed)
        {
            _effect = rehearsed.Effect;
        }
        finally
        {
            Rehearsal.End();
        }
    }

    public void Require()
    {
        if (_effect is not { } effect) return;
        var isOfDocument = change is Edit or Delete;
        var expected = Shifts(isOfDocument).ToHashSet();
        var said = effect.First.Select(shift => Words(shift.IsGain, shift.User, shift.Permission, shift.Object is { } id ? realm.NumberOf(id) : null, shift.Fragments)).ToHashSet();
        if (!isOfDocument) said.RemoveWhere(IsOfEverybody);
        foreach (var shift in expected) tally.Count(shift[0] == '+' ? "Forecast gains" : "Forecast losses");
        var isWhole = effect.Gained + effect.Lost == effect.First.Count;
        if (!effect.IsComplete) throw new ScenarioFailedException($"{What}: it is said not to be all");
        if (isWhole ? !said.SetEquals(expected) : !said.IsSubsetOf(expected))
            throw new ScenarioFailedException($"{What}: only the server says {Model.Words([.. said.Except(expected)])}, only the oracle {Model.Words(isWhole ? [.. expected.Except(said)] : [])}");
    }

    /// <summary>What carries c8y_Global is seen by everybody: a change of a user counts that only for objects which it touches otherwise.</summary>
    private bool IsOfEverybody(string shift) => _before.Objects.Any(it => it.Fragments.Contains(ManagedObject.GlobalFragment) && shift.Contains($" InventoryRead on {it.Id}:", StringComparison.Ordinal));

    private IEnumerable<string> Shifts(bool withGlobal)
    {
        var (was, willBe) = (new Verdicts(_before), new Verdicts(realm.Model));
        foreach (var now in realm.Everybody)
        {
            var then = Array.Find(_before.Users, user => user.Name == now.Name) ?? now;
            var everywhere = new HashSet<Permission>();
            foreach (var permission in All)
            {
                var (before, after) = (was.Coverage(then, permission, null), willBe.Coverage(now, permission, null));
                if (before.Count + after.Count > 0) everywhere.Add(permission);
                foreach (var shift in Between(now.Name, permission, null, before, after)) yield return shift;
            }
            foreach (var it in _before.Objects)
                foreach (var permission in Verdicts.OnObjects.Except(everywhere))
                    foreach (var shift in Between(now.Name, permission, it.Id, was.Coverage(then, permission, it), realm.Find(it.Id) is { } still ? willBe.Coverage(now, permission, still) : []))
                        if (withGlobal || !IsOfEverybody(shift))
                            yield return shift;
        }
    }

    private IEnumerable<string> Between(string user, Permission permission, long? number, HashSet<string> before, HashSet<string> after)
    {
        if (Beyond(before, after) is { Count: > 0 } gained) yield return Words(true, realm.UserOf(user).Name, permission, number, gained);
        if (Beyond(after, before) is { Count: > 0 } lost) yield return Words(false, realm.UserOf(user).Name, permission, number, lost);
    }

    /// <summary>What the one has beyond the other; of all, when it is all that it has.</summary>
    private static List<string> Beyond(HashSet<string> one, HashSet<string> other) =>
        one.Contains(Grant.AnyType) ? [] : other.Contains(Grant.AnyType) ? [Grant.AnyType] : [.. other.Except(one).Order(StringComparer.Ordinal)];

    private static string Words(bool isGain, string user, Permission permission, long? number, IReadOnlyList<string> fragments) =>
        $"{(isGain ? '+' : '-')}{user} {permission} on {(number is { } one ? $"{one}:" : "all")} {string.Join('+', fragments)};";
}
