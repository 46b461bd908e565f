using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>
/// A change tried before it is made: what the trial names and counts as gained and as lost is what the oracle sees differ between the model before and after, for every
/// user and object of the tenant; and a trial is refused where the change is, or where it would tell of users whom its actor does not see.
/// </summary>
internal sealed class Forecast(RealmCalls calls, Realm realm, Step step, Change change, ScenarioTally tally) : IForecast
{
    private const int ShownMax = 100;

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
        List<AccessShift> expected = [.. Shifts()];
        foreach (var shift in expected) tally.Count(shift.IsGain ? "Forecast gains" : "Forecast losses");
        if (expected.Count > ShownMax) tally.Count("Forecast of more than is shown");
        Require(effect.IsComplete, "it is said not to be all");
        List<string> said = [.. effect.First.Select(Words)], wanted = [.. expected.Take(ShownMax).Select(Words)];
        Require(said.SequenceEqual(wanted),
            $"only the server says {Model.Words([.. said.Except(wanted)])}, only the oracle {Model.Words([.. wanted.Except(said)])}, or not in the order {Model.Words(wanted)}");
        var gained = expected.Count(shift => shift.IsGain);
        Require((effect.Gained, effect.Lost) == (gained, expected.Count - gained), $"{effect.Gained} gains and {effect.Lost} losses are said, and there are {gained} and {expected.Count - gained}");
    }

    private void Require(bool holds, string otherwise)
    {
        if (!holds) throw new ScenarioFailedException($"{What}: {otherwise}");
    }

    /// <summary>All shifts in the documented order: by user, then object, then permission.</summary>
    private IEnumerable<AccessShift> Shifts()
    {
        var (was, willBe) = (new Verdicts(_before), new Verdicts(realm.Model));
        foreach (var now in realm.Everybody.OrderBy(user => realm.UserOf(user.Name).Name, StringComparer.Ordinal))
        {
            var then = Array.Find(_before.Users, user => user.Name == now.Name) ?? now;
            var everywhere = new HashSet<Permission>();
            foreach (var permission in All)
            {
                var (before, after) = (was.Coverage(then, permission, null), willBe.Coverage(now, permission, null));
                if (before.Count + after.Count > 0) everywhere.Add(permission);
                foreach (var shift in Between(now.Name, permission, null, before, after)) yield return shift;
            }
            foreach (var it in _before.Objects.OrderBy(it => realm.IdOf(it.Id)))
                foreach (var permission in Verdicts.OnObjects.Except(everywhere))
                    if (!IsOfEverybody(permission, it, then, now))
                        foreach (var shift in Between(now.Name, permission, it.Id, was.Coverage(then, permission, it), realm.Find(it.Id) is { } still ? willBe.Coverage(now, permission, still) : []))
                            yield return shift;
        }
    }

    /// <summary>
    /// What carries c8y_Global is seen by everybody. Of who is shut out, or let in, that is counted for no object but those that it owns or was given something on;
    /// a change of the object itself is counted for all.
    /// </summary>
    private bool IsOfEverybody(Permission permission, ModelObject it, ModelUser then, ModelUser now) =>
        permission == Permission.InventoryRead && change is not (Edit or Delete) && it.Fragments.Contains(ManagedObject.GlobalFragment) && it.Owner != now.Name
        && !new PolicyOracle(_before, then).IsGivenSomethingOn(it) && !new PolicyOracle(realm.Model, now).IsGivenSomethingOn(it);

    private IEnumerable<AccessShift> Between(string user, Permission permission, long? number, HashSet<string> before, HashSet<string> after)
    {
        if (Beyond(before, after) is { Count: > 0 } gained) yield return Shift(true, gained);
        if (Beyond(after, before) is { Count: > 0 } lost) yield return Shift(false, lost);

        AccessShift Shift(bool isGain, List<string> fragments) => new(isGain, realm.UserOf(user).Name, permission, number is { } one ? realm.IdOf(one) : null, fragments);
    }

    /// <summary>What the one has beyond the other; of all, when it is all that it has.</summary>
    private static List<string> Beyond(HashSet<string> one, HashSet<string> other) =>
        one.Contains(Grant.AnyType) ? [] : other.Contains(Grant.AnyType) ? [Grant.AnyType] : [.. other.Except(one).Order(StringComparer.Ordinal)];

    private string Words(AccessShift shift) =>
        $"{(shift.IsGain ? '+' : '-')}{shift.User} {shift.Permission} on {(shift.Object is { } id ? $"{realm.NumberOf(id)}:" : "all")} {string.Join('+', shift.Fragments)};";
}
